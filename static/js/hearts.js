// Hearts of sitters on public pages, which are the same for everybody: where the hint cookie says that
// this browser is signed in, they show who is a favourite and change it in place. Without script, or if
// anything fails, a heart is a link to the page that asks.
const SLUGS = '/favourites/mine/';
const links = [...document.querySelectorAll('a[data-heart]')];

if (links.length && document.cookie.split('; ').includes('signed_in=1')) {
  try {
    const answer = await fetch(SLUGS, { headers: { Accept: 'application/json' }, redirect: 'error' });
    if (answer.ok) {
      const { slugs, token } = await answer.json();
      for (const link of links) makeButton(link, slugs.includes(link.dataset.heart), token);
    }
  } catch {
    // The links stay and work.
  }
}

function makeButton(link, isFull, token) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = link.className;
  button.append(...link.childNodes);
  if (link.hasAttribute('aria-label')) button.setAttribute('aria-label', link.getAttribute('aria-label'));
  show(button, isFull);
  button.addEventListener('click', async () => {
    const isNowFull = button.getAttribute('aria-pressed') !== 'true';
    show(button, isNowFull);
    const address = `/favourites/${isNowFull ? 'add' : 'remove'}/${link.dataset.heart}/`;
    try {
      const headers = { Accept: 'application/json', 'X-CSRFToken': token };
      const answer = await fetch(address, { method: 'POST', headers, redirect: 'error' });
      if (answer.status !== 204) throw new Error(answer.status);
    } catch {
      window.location.assign(link.href);
    }
  });
  link.replaceWith(button);
}

function show(button, isFull) {
  button.setAttribute('aria-pressed', String(isFull));
  const use = button.querySelector('use');
  use.setAttribute('href', use.getAttribute('href').replace(/#.*/, isFull ? '#heart-fill' : '#heart'));
}
