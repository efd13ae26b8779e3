/**
 * A sheet that is opened again stands where one had read to: the browser forgets it with each closing.
 *
 * @param {HTMLElement} sheet a popover
 */
export default function keepPlace(sheet) {
  let place = 0;
  sheet.addEventListener("scroll", () => { if (sheet.matches(":popover-open")) place = sheet.scrollTop; });
  sheet.addEventListener("toggle", () => { if (sheet.matches(":popover-open")) sheet.scrollTop = place; });
}
