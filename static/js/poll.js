// Something that the worker is making: asks for its fragment every two seconds until the answer no longer
// says that it changes (data-changing). Without script the page's own link loads it anew.
const place = document.querySelector('[data-poll]');
const EVERY = 2000;

async function look() {
  try {
    const answer = await fetch(place.dataset.poll, { headers: { Accept: 'text/html' }, redirect: 'error' });
    if (answer.ok) place.innerHTML = await answer.text();
  } catch {
    // The next look may reach the server again.
  }
  if (place.querySelector('[data-changing]')) setTimeout(look, EVERY);
}

if (place?.querySelector('[data-changing]')) setTimeout(look, EVERY);
