/**
 * The grid of groups and tutors counts while one ticks: which groups have nobody, how many students each tutor would have. Arrow
 * keys go from box to box. Leaving with changes that are not kept asks first.
 *
 * @param {HTMLFormElement} form holds rows [data-grid-students] with one box for each [data-grid-load], .gap, and the sum
 */
export default function grid(form) {
  const sum = form.querySelector("[data-grid-sum]");
  const rows = [...form.querySelectorAll("[data-grid-students]")].map((row) => ({
    students: Number(row.dataset.gridStudents),
    gap: row.querySelector(".gap"),
    boxes: [...row.querySelectorAll("input[type=checkbox]")],
  }));
  const loads = [...form.querySelectorAll("[data-grid-load]")];
  let changed = false;

  function count() {
    for (const row of rows) row.gap.hidden = row.students === 0 || row.boxes.some((box) => box.checked);
    const gaps = rows.filter((row) => !row.gap.hidden).length;
    sum.classList.toggle("gap", gaps > 0);
    sum.querySelector("[data-grid-gaps]").textContent = gaps;
    loads.forEach((load, column) => {
      load.textContent = rows.reduce((all, row) => all + (row.boxes[column].checked ? row.students : 0), 0);
    });
  }

  form.addEventListener("change", () => {
    changed = true;
    count();
  });
  form.addEventListener("submit", () => { changed = false; });
  window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
  window.addEventListener("pageshow", count);

  form.addEventListener("keydown", (event) => {
    const row = rows.findIndex((each) => each.boxes.includes(event.target));
    if (row < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const column = rows[row].boxes.indexOf(event.target);
    const [down, right] = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] }[event.key] ?? [0, 0];
    const next = rows[row + down]?.boxes[column + right];
    if (!next || next === event.target) return;
    event.preventDefault();
    next.focus();
  });
}
