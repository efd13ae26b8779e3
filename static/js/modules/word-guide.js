/**
 * Counts the words beside a soft guide ("about 40 to 120"). It counts, and says nothing about too few or too many.
 *
 * @param {HTMLElement} field holds a textarea and [data-words], with its sentences in data-one ("1 word so far") and data-many
 */
export default function wordGuide(field) {
  const area = field.querySelector("textarea");
  /** @type {HTMLElement} */
  const place = field.querySelector("[data-words]");

  const count = () => {
    const words = area.value.split(/\s+/).filter(Boolean).length;
    const sentence = words === 1 ? place.dataset.one : place.dataset.many;
    place.textContent = words ? sentence.replace(/\d+/, String(words)) : "";
  };
  area.addEventListener("input", count);
  count();
}
