// Public pages are the same for everybody. Where the hint cookie says that this browser is signed in,
// the header's links are replaced by the person's own menu. Without script the plain links stay and work.
const place = document.querySelector('[data-me]');

if (place && document.cookie.split('; ').includes('signed_in=1')) {
  try {
    const answer = await fetch(place.dataset.me, { headers: { Accept: 'text/html' }, redirect: 'error' });
    if (answer.ok && answer.status === 200) place.innerHTML = await answer.text();
  } catch {
    // The plain links stay.
  }
}
