// Makes elements, each with one call.

/**
 * An HTML element: `h("p", { class: "quiet" }, "text", other)`. Properties that begin with `on` are listeners.
 * Properties and children that are `undefined`, `null` or `false` are left out.
 * @param {string} name
 * @param {Record<string, any>} [properties]
 * @param {...any} children
 * @returns {any}
 */
export const h = (name, properties, ...children) => dress(document.createElement(name), properties, children);

/**
 * An SVG element, in the same way.
 * @param {string} name
 * @param {Record<string, any>} [properties]
 * @param {...any} children
 * @returns {any}
 */
export const svg = (name, properties, ...children) =>
  dress(document.createElementNS("http://www.w3.org/2000/svg", name), properties, children);

/** A listener for a form that the page handles itself. */
export const submitted = (work) => (event) => {
  event.preventDefault();
  work();
};

/** Replaces the children of an element; does nothing if they are the same text. */
export function fill(element, ...children) {
  const [only] = children;
  if (children.length === 1 && typeof only === "string") {
    // A screen reader would read out an unchanged live region again.
    if (element.textContent !== only) element.textContent = only;
    return;
  }
  element.replaceChildren(...children.flat(2).filter(isThere));
}

function dress(element, properties = {}, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (!isThere(value)) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "selected") element[name] = value;
    else if (name === "vars")
      for (const [key, one] of Object.entries(value)) element.style.setProperty(key, String(one));
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(2).filter(isThere));
  return element;
}

const isThere = (value) => value !== undefined && value !== null && value !== false;
