// A button that copies the text of a field. Without script, or where the browser refuses, the field
// can be selected by hand; the button is only shown where it works.
for (const button of document.querySelectorAll('[data-copy]')) {
  const field = document.getElementById(button.dataset.copy);
  if (!field || !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener('click', async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = button.dataset.done;
    } catch {
      // The text is selected, so that it can be copied by hand.
    }
  });
}
