/**
 * One prompt in view, the others a step away. The fields of those out of sight stay in the form, and are saved with it.
 *
 * @param {HTMLElement} list holds the prompts (.prompt) and [data-bar] with [data-back], [data-next] and [data-steps]
 */
export default function onePrompt(list) {
  const prompts = [...list.querySelectorAll(".prompt")];
  const [bar, back, next, steps] = ["bar", "back", "next", "steps"].map((name) => list.querySelector(`[data-${name}]`));
  const nextWord = next.textContent;
  /** @param {Element} prompt */
  const area = (prompt) => prompt.querySelector("textarea");
  let here = 0;

  const buttons = prompts.map((prompt, number) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: String(number + 1) });
    const label = prompt.querySelector("label").textContent;
    const words = { number: number + 1, all: prompts.length, label };
    button.setAttribute("aria-label", steps.dataset.word.replace(/\{(\w+)\}/g, (_, name) => words[name]));
    button.addEventListener("click", () => show(number, { focus: true }));
    const item = document.createElement("li");
    item.append(button);
    steps.append(item);
    return button;
  });

  function markWritten() {
    prompts.forEach((prompt, number) => buttons[number].toggleAttribute("data-written", area(prompt).value.trim() !== ""));
  }

  /** @param {number} number from 0 @param {{focus?: boolean}} [how] */
  function show(number, { focus = false } = {}) {
    here = number;
    prompts.forEach((prompt, at) => {
      prompt.hidden = at !== here;
      buttons[at].toggleAttribute("aria-current", at === here);
      if (at === here) buttons[at].setAttribute("aria-current", "step");
    });
    // A button that is switched off loses the focus of whoever presses it again and again.
    back.setAttribute("aria-disabled", String(here === 0));
    next.textContent = here === prompts.length - 1 ? next.dataset.last : nextWord;
    if (focus) area(prompts[here]).focus();
  }

  back.addEventListener("click", () => { if (here) show(here - 1, { focus: true }); });
  next.addEventListener("click", () => {
    if (here < prompts.length - 1) show(here + 1, { focus: true });
    else document.getElementById("before-you-submit").querySelector("textarea").focus();
  });
  list.addEventListener("input", markWritten);

  bar.hidden = false;
  markWritten();
  const wrong = prompts.findIndex((prompt) => prompt.querySelector('[aria-invalid="true"]'));
  const empty = prompts.findIndex((prompt) => !area(prompt).value.trim());
  show(Math.max(0, wrong >= 0 ? wrong : empty));
}
