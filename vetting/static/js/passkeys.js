// Passkeys: the browser asks the person, and the answer is put into the form, which is then sent like any other.
async function options(form, address) {
  const body = new FormData(form);
  body.delete("credential");
  const answer = await fetch(address, { method: "POST", body: new URLSearchParams(body) });
  if (!answer.ok || !(answer.headers.get("Content-Type") || "").includes("json")) throw new Error("refused");
  return answer.json();
}

function bind(form, address, ask) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const status = form.querySelector("[data-passkey-status]");
    status.textContent = "";
    try {
      const credential = await ask(await options(form, address));
      form.elements.credential.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch {
      status.textContent = status.dataset.failedText;
    }
  });
}

export default function passkeys(root) {
  const able = "PublicKeyCredential" in window && "parseRequestOptionsFromJSON" in PublicKeyCredential;
  for (const form of root.querySelectorAll("[data-passkey]")) {
    if (!able) continue;
    form.hidden = false;
    bind(form, form.dataset.passkey, async (json) =>
      navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(json) }),
    );
  }
  for (const form of root.querySelectorAll("[data-passkey-new]")) {
    bind(form, form.dataset.passkeyNew, async (json) =>
      navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(json) }),
    );
  }
}
