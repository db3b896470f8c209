// A small image: two components, an archive with two objects, a bracket.

export function columns() {
  return {
    groups: {
      name: ["app", "libapp.a", "drv_a.o", "drv_b.o", "[fill]"],
      parent: [-1, 0, 1, 1, -1],
      level: ["component", "archive", "object", "object", "component"],
      leaves: [0, 0, 3, 1, 1],
    },
    leaves: {
      name: ["drv_a_init", "drv_a_run", "drv_a_run.str1.4", "drv_b_init", "[fill]"],
      flash: [1000, 30, 200, 400, 50],
      ram: [0, 16, 0, 0, 0],
      ota: [600, 20, 60, 250, 3],
      address: [1000, 1000, 30, 200, 400],
      section: [0, 0, 1, 0, 0],
      kind: [0, 3, 2, 0, 5],
      source: [0, 0, 0, 1, -1],
      line: [3, 9, 0, 5, 0],
    },
    sections: [".text", ".rodata"],
    sources: ["src/drv_a.c", "src/drv_b.c"],
  };
}
