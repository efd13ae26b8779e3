/**
 * Asks before a form is left whose text was changed and not sent. For forms that are not kept as drafts.
 *
 * @param {HTMLFormElement} form
 */
export default function unsaved(form) {
  let sent = false;
  form.addEventListener("submit", () => { sent = true; });
  window.addEventListener("pageshow", () => { sent = false; });
  window.addEventListener("beforeunload", (event) => {
    const changed = [...form.querySelectorAll("textarea")].some((field) => field.value !== field.defaultValue);
    if (changed && !sent) event.preventDefault();
  });
}
