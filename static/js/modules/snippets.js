/**
 * Words that one uses again are inserted where one was writing last. Without it, the button keeps the text with the words at its end.
 *
 * @param {HTMLFormElement} form with buttons [data-snippet] and a text area named "text"
 */
export default function snippets(form) {
  let field = form.elements.text;
  form.addEventListener("focusin", ({ target }) => {
    if (target.matches("textarea")) field = target;
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-snippet]");
    if (!button) return;
    event.preventDefault();
    field.focus();
    field.setRangeText(button.dataset.snippet, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
