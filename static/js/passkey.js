// Makes and asks for passkeys: <button hidden data-passkey="create|prove" data-problem="…"> in a form, which
// is sent with what the browser answers as `credential`. The question stands in #passkey-options, or is
// fetched from data-url, where the form is then sent too. Where a browser knows no passkeys, the button
// stays hidden and [data-passkey-missing] says so.
const KNOWS_PASSKEYS = Boolean(window.PublicKeyCredential?.parseRequestOptionsFromJSON);

async function question(button) {
  const written = document.getElementById('passkey-options');
  if (written) return JSON.parse(written.textContent);
  const answer = await fetch(button.dataset.url, { headers: { Accept: 'application/json' } });
  if (!answer.ok) throw new Error(`Asked for a passkey: ${answer.status}`);
  return answer.json();
}

async function credentialFor(button) {
  const { creation_options: creation, request_options: request } = await question(button);
  if (button.dataset.passkey === 'create') {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(creation.publicKey);
    // One that the browser finds by itself, and that asks who holds it: it replaces the password.
    Object.assign(publicKey.authenticatorSelection, {
      residentKey: 'required', requireResidentKey: true, userVerification: 'required',
    });
    return navigator.credentials.create({ publicKey });
  }
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(request.publicKey);
  return navigator.credentials.get({ publicKey });
}

function say(button, problem) {
  let line = button.parentElement.querySelector('[data-passkey-problem]');
  if (!line) {
    line = document.createElement('p');
    line.dataset.passkeyProblem = '';
    line.className = 'invalid-feedback d-block';
    line.setAttribute('role', 'alert');
    button.before(line);
  }
  line.textContent = problem;
}

for (const button of KNOWS_PASSKEYS ? document.querySelectorAll('[data-passkey]') : []) {
  const { form } = button;
  button.hidden = false;
  for (const line of document.querySelectorAll('[data-passkey-missing]')) line.hidden = true;

  // Enter in the field above does what the button does; a log-in form has its own.
  if (!button.dataset.url) {
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      button.click();
    });
  }

  button.addEventListener('click', async () => {
    button.setAttribute('aria-busy', 'true');
    try {
      const credential = await credentialFor(button);
      const field = form.elements.credential ?? form.appendChild(
        Object.assign(document.createElement('input'), { type: 'hidden', name: 'credential' }),
      );
      field.value = JSON.stringify(credential);
      if (button.dataset.url) form.action = button.dataset.url;
      for (const secret of form.querySelectorAll('[type=password]')) secret.disabled = true;
      form.submit();
    } catch {
      button.removeAttribute('aria-busy');
      say(button, button.dataset.problem);
    }
  });
}
