// Which budgets does the build break with some features off?

/**
 * @typedef {object} Budget
 * @property {string} kind component, archive, object, section or symbol
 * @property {string} name @property {"flash" | "ram" | "ota"} resource @property {number} size @property {number} limit
 */

/**
 * By how much each budget is exceeded, those that are; what has no box of its own keeps its size.
 * @param {Budget[]} budgets @param {import("./tree.js").Tree} tree
 * @returns {{budget: Budget, over: number}[]}
 */
export function exceeded(budgets, tree) {
  const made = [];
  for (const budget of budgets) {
    const over = budget.size - gone(budget, tree) - budget.limit;
    if (over > 0) made.push({ budget, over: Math.round(over) });
  }
  return made;
}

/** @param {Budget} budget @param {import("./tree.js").Tree} tree */
function gone({ kind, name, resource }, tree) {
  if (tree.now === tree.base) return 0;
  const { groups } = tree.data;
  let sum = 0;
  groups.level.forEach((level, group) => {
    const node = group + 1;
    if (level === kind && groups.name[group] === name) sum += tree.base[resource][node] - tree.now[resource][node];
  });
  return sum;
}
