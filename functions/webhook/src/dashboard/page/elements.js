// What every part of the page is made with. Texts are only ever set as texts.

const SVG = "http://www.w3.org/2000/svg";

const by = (id) => document.getElementById(id);

/** Sets what an element is told: handlers by `on…`, properties of ours by name, all else as attributes. */
function dress(element, told) {
  for (const [name, value] of Object.entries(told)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "text") element.textContent = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  return element;
}

/** An element with what it is told and what is in it. */
function make(tag, told = {}, ...inside) {
  const element = dress(document.createElement(tag), told);
  element.append(...inside.flat().filter((one) => one !== null && one !== undefined && one !== false));
  return element;
}

function drawn(tag, told = {}, ...inside) {
  const element = dress(document.createElementNS(SVG, tag), told);
  element.append(...inside.flat());
  return element;
}

function show(element, is = true) {
  element.hidden = !is;
}

/** Tells those who do not see the page, once. */
function say(text) {
  const said = by("said");
  said.textContent = "";
  setTimeout(() => { said.textContent = text; }, 50);
}

const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
