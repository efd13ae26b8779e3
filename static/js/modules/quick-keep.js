/**
 * Ctrl and Enter (on a Mac, Command and Enter) keep what is being written, from within any field of the form.
 *
 * @param {HTMLFormElement} form with a button that says name="then" value="save"
 */
export default function quickKeep(form) {
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector('button[name=then][value=save]'));
  });
}
