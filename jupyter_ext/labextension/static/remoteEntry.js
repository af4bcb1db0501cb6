/**
 * "Deploy a model" in JupyterLab: a launcher card and a command that open a new notebook with the wizard in its first cell.
 *
 * A prebuilt extension written by hand. JupyterLab loads this file, calls `init` with the modules that the page shares, and
 * asks `get` for "./extension" (named in package.json). Nothing is bundled: what is needed is taken from the shared modules.
 */
(() => {
  "use strict";

  const COMMAND = "sendoff:deploy-model";
  const FIRST_CELL = "%load_ext jupyter_ext\n%sendoff";
  const ICON = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
    <path fill="#1e88e5" d="M2 3.5 22 12 2 20.5 2 14 14.5 12 2 10Z"/></svg>`;

  /** What the page shares: module name → version → {get, from}. JupyterLab has one version of its own modules. */
  let shared = {};

  /** A module of JupyterLab's, or an empty one where this page has none of that name (Notebook 7 has no launcher). */
  async function moduleOf(name) {
    const [version] = Object.values(shared[name] ?? {});
    return version ? (await version.get())() : {};
  }

  /** The kernel to begin with: the server's default if that is Python, else the first that is; undefined without one. */
  async function pythonKernel(kernelspecs) {
    await kernelspecs.ready;
    const { default: first, kernelspecs: all = {} } = kernelspecs.specs ?? {};
    const isPython = (name) => all[name]?.language?.toLowerCase() === "python";
    return [first, ...Object.keys(all)].find(isPython);
  }

  /** Whether the cell says that its kernel has no Sendoff. */
  function lacksSendoff(cell) {
    return (cell?.model.outputs?.toJSON() ?? []).some(
      (output) => output.output_type === "error" && output.ename === "ModuleNotFoundError" && /jupyter_ext/.test(output.evalue)
    );
  }

  async function extension() {
    const [application, apputils, launching, notebooks, components] = await Promise.all(
      ["application", "apputils", "launcher", "notebook", "ui-components"].map((name) => moduleOf(`@jupyterlab/${name}`))
    );

    async function deployAModel(app, { cwd, kernelName }) {
      const kernel = kernelName ?? (await pythonKernel(app.serviceManager.kernelspecs));
      if (!kernel) {
        await apputils.showErrorMessage("No Python kernel", {
          message: "Sendoff's wizard runs in a Python notebook, and this server lists no Python kernel. Install one: pip install ipykernel",
        });
        return;
      }
      const panel = await app.commands.execute("notebook:create-new", { cwd, kernelName: kernel });
      await panel.context.ready;
      await panel.sessionContext.ready;
      const cell = panel.content.widgets[0];
      cell.model.sharedModel.setSource(FIRST_CELL);
      panel.content.activeCellIndex = 0;
      await notebooks.NotebookActions.runAndAdvance(panel.content, panel.sessionContext);
      if (lacksSendoff(cell)) {
        await apputils.showErrorMessage("Sendoff is not in this notebook's kernel", {
          message: `The kernel ${kernel} is a Python in which Sendoff is not installed. Run "%pip install sendoff" in a cell, restart the kernel, and run the first cell again.`,
        });
      }
    }

    const plugin = {
      id: "sendoff:deploy-model",
      description: "A launcher card and a command that open a notebook with Sendoff's wizard.",
      autoStart: true,
      optional: [application.ILabShell, launching.ILauncher, apputils.ICommandPalette].map((token) => token ?? null),
      activate(app, shell, launcher, palette) {
        if (!shell) return; // Notebook 7 opens a notebook in another tab of the browser, where its cells cannot be run from here
        app.commands.addCommand(COMMAND, {
          label: "Deploy a model",
          caption: "Open a notebook with Sendoff's wizard: from a trained model to a running prediction service",
          icon: new components.LabIcon({ name: COMMAND, svgstr: ICON }),
          execute: (given) => deployAModel(app, given),
        });
        // A card among the notebooks shows no command's icon, only a kernel's.
        const kernelIconUrl = `data:image/svg+xml,${encodeURIComponent(ICON)}`;
        launcher?.add({ command: COMMAND, category: "Notebook", rank: 100, kernelIconUrl });
        palette?.addItem({ command: COMMAND, category: "Notebook Operations" });
      },
    };
    return { __esModule: true, default: plugin };
  }

  window._JUPYTERLAB = window._JUPYTERLAB ?? {};
  window._JUPYTERLAB.sendoff = {
    init(scope) {
      shared = scope;
    },
    async get(name) {
      if (name !== "./extension") throw new Error(`Sendoff's extension has no module ${name}`);
      const found = await extension();
      return () => found;
    },
  };
})();
