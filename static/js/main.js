/**
 * Binds behaviour to pages that already work without it: an element with data-module="autosave submit-once" is handed
 * to the default export of modules/autosave.js and modules/submit-once.js. Only the modules a page names are fetched.
 */

/**
 * @param {ParentNode} root what to bind; for pieces of a page that come later
 */
export function bind(root) {
  for (const element of root.querySelectorAll("[data-module]")) {
    for (const name of element.dataset.module.split(" ")) {
      import(`./modules/${name}.js`).then((module) => module.default(element));
    }
  }
}

bind(document);

// A page that refused what was sent begins at the first thing to put right.
document.querySelector('[aria-invalid="true"], .options > .field-error ~ .options-one input')?.focus();
