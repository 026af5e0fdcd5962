const LISTS = ["graphiql:queries", "graphiql:favorites"];

const withoutHeaders = (key, value) => (key === "headers" ? undefined : value);

/** Local storage without request headers: GraphiQL's history would keep them, tokens and all, whatever else is set. */
export const storage = {
  getItem: (key) => localStorage.getItem(key),
  setItem: (key, value) =>
    localStorage.setItem(key, LISTS.includes(key) ? JSON.stringify(JSON.parse(value), withoutHeaders) : value),
  removeItem: (key) => localStorage.removeItem(key),
  clear: () => localStorage.clear(),
  get length() {
    return localStorage.length;
  },
};
