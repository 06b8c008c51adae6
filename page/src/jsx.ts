// What the tags in .tsx files become.
export { createElement, Fragment } from "preact";
