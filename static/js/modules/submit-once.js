/**
 * A second click on a button sends nothing twice. The server would notice as well (the idempotency key); this is for the eye.
 *
 * @param {HTMLFormElement} form
 */
export default function submitOnce(form) {
  /** @type {HTMLButtonElement[]} */
  let pressed = [];

  form.addEventListener("submit", (event) => {
    if (pressed.length) {
      event.preventDefault();
      return;
    }
    // After all listeners have had their say, and after the pressed button's value has been taken along.
    setTimeout(() => {
      if (event.defaultPrevented) return;
      pressed = [...form.querySelectorAll("button:not(:disabled)")].filter((button) => button.type === "submit");
      for (const button of pressed) button.disabled = true;
    });
  });

  // Back brings the page as it was left: with its buttons off.
  window.addEventListener("pageshow", () => {
    for (const button of pressed) button.disabled = false;
    pressed = [];
  });
}
