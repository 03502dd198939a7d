// Suggests towns below a place field: <input data-places="/places/">. The browser's own list (datalist)
// shows them, so keys and screen readers work as everywhere; without script the server asks back.
const WAIT = 120;
const SHORTEST = 2;

for (const input of document.querySelectorAll('input[data-places]')) {
  const list = document.createElement('datalist');
  list.id = `${input.id}-places`;
  input.after(list);
  input.setAttribute('list', list.id);
  input.autocomplete = 'off';
  let timer;
  let request;

  input.addEventListener('input', () => {
    clearTimeout(timer);
    const text = input.value.trim();
    const isPicked = [...list.options].some((option) => option.value === input.value);
    if (text.length >= SHORTEST && !isPicked) timer = setTimeout(() => suggest(text), WAIT);
  });

  async function suggest(text) {
    request?.abort();
    request = new AbortController();
    try {
      const answer = await fetch(`${input.dataset.places}?q=${encodeURIComponent(text)}`, { signal: request.signal });
      if (!answer.ok) return;
      const { places } = await answer.json();
      list.replaceChildren(...places.map(({ label }) => new Option('', label)));
    } catch {
      // No suggestions; the form works without.
    }
  }
}
