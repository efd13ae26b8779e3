/**
 * Gives a message its button to close it. It never goes by itself: Undo stays as long as somebody needs to find it.
 *
 * @param {HTMLElement} message holds a button [data-dismiss], hidden until now
 */
export default function dismiss(message) {
  const button = message.querySelector("[data-dismiss]");
  button.hidden = false;
  button.addEventListener("click", () => message.remove());
}
