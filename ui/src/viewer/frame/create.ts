/** Makes elements, also where a stranger's `<img name="createElement">` hides the document's own method. */
export const create = document.createElement.bind(document) as Document["createElement"];
