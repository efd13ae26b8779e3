/**
 * A second click on a button sends nothing twice. The server would notice as well (the idempotency key); this is for the eye.
 *
 * @param {HTMLFormElement} form
 */
export default function submitOnce(form) {
  let sent = false;
  /** @type {HTMLButtonElement[]} */
  let disabled = [];

  form.addEventListener("submit", (event) => {
    if (sent) {
      event.preventDefault();
      return;
    }
    sent = true;
    // After all listeners have had their say, and after the pressed button's value has been taken along.
    setTimeout(() => {
      sent = !event.defaultPrevented;
      if (!sent) return;
      disabled = [...form.querySelectorAll("button:not(:disabled)")].filter((button) => button.type === "submit");
      for (const button of disabled) button.disabled = true;
    });
  });

  // Back brings the page as it was left: with its buttons off.
  window.addEventListener("pageshow", () => {
    for (const button of disabled) button.disabled = false;
    sent = false;
  });
}
