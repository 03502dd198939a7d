// Brings new lines into an open conversation: <div role="log" data-news="…"> around the list. It asks only
// while the page is looked at, more and more seldom while nothing comes. The log announces what is added
// by itself; focus and what is being typed stay where they are. Without script, loading the page anew does it.
const SHORTEST = 3000;
const LONGEST = 30000;

const log = document.querySelector('[data-news]');
const list = log?.querySelector('ol');
let wait = SHORTEST;
let timer;
let isAsking = false;

async function ask() {
  if (isAsking) return;
  isAsking = true;
  try {
    const answer = await fetch(`${log.dataset.news}?since=${list.dataset.since}`, { redirect: 'error' });
    if (answer.status === 200) add(await answer.text());
    wait = answer.status === 200 ? SHORTEST : Math.min(wait * 1.3, LONGEST);
    if (answer.ok || answer.status >= 500) plan();
  } catch {
    // Off line, or logged out: asking again soon does not help.
    wait = LONGEST;
    plan();
  } finally {
    isAsking = false;
  }
}

function add(html) {
  const news = new DOMParser().parseFromString(html, 'text/html').querySelector('ol');
  const isAtEnd = innerHeight + scrollY > document.querySelector('#newest').offsetTop;
  const lines = [...news.children].filter((line) => !line.id || !document.getElementById(line.id));
  list.append(...lines);
  list.dataset.since = news.dataset.since;
  // Whoever reads farther up, or is typing, is not moved.
  const isTyping = document.activeElement?.closest('form');
  if (isAtEnd && !isTyping) lines.at(-1)?.scrollIntoView({ block: 'nearest' });
}

function plan() {
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(ask, wait);
}

if (list) {
  document.addEventListener('visibilitychange', () => {
    wait = SHORTEST;
    if (document.hidden) clearTimeout(timer);
    else ask();
  });
  plan();
}

// Too many photos are named before they have been sent for nothing.
const photos = document.querySelector('input[data-most]');
photos?.addEventListener('change', () => {
  photos.setCustomValidity(photos.files.length > photos.dataset.most ? photos.dataset.tooMany : '');
  photos.reportValidity();
});
