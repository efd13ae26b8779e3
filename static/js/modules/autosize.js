/**
 * Lets a textarea grow with its text. Browsers with field-sizing do so by CSS, and this does nothing there.
 *
 * @param {HTMLTextAreaElement} area
 */
export default function autosize(area) {
  if (CSS.supports("field-sizing", "content")) return;

  const grow = () => {
    area.style.blockSize = "auto";
    area.style.blockSize = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
  };
  area.addEventListener("input", grow);
  grow();
}
