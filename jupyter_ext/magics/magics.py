"""`%sendoff` and `%%sendoff`: the wizard from a line of a notebook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from IPython.core.magic import Magics, line_cell_magic, magics_class

from jupyter_ext.hosts import Host, host
from jupyter_ext.magics.options import Asked, MagicError, asked_in
from wizard.errors import CancelledError, SendoffError, own_fault

if TYPE_CHECKING:
    from jupyter_ext.wizard import Wizard

_NAME = "sendoff"
_WIZARD = "jupyter_ext.wizard", "Wizard"


@magics_class
class SendoffMagics(Magics):
    """The magic, and which wizard it has shown in the cell that runs."""

    def __init__(self, shell: Any) -> None:
        super().__init__(shell)
        self._shell = shell
        self._shown: Wizard | None = None
        self._opened_here: WeakSet[Wizard] = WeakSet()

    @line_cell_magic
    def sendoff(self, line: str, cell: str | None = None) -> Wizard | None:
        """Deploy a fitted model: opens the wizard in this cell, and gives it back.

        %sendoff                     what was begun in this folder, or its plan
        %sendoff MODEL               a variable or expression of this notebook that is a fitted model
        %sendoff PATH                a model file, a plan (.yaml), or a folder with one of them

        --sample ROWS                rows of your data, an expression: the model's answers to them are recorded, and the service
                                     has to give the same before anybody gets to it
        --target WHERE               local, cloud_run, or workshop (a local Cloud Run to practise on)
        --set NAME=VALUE             a setting of the plan, such as service.memory=1Gi; as often as you like
        --folder FOLDER              where the model and its plan go, by default one named after the variable
        --name FILE                  what the model's file is called, by default after the variable
        --wait                       deploy without a question, and wait for it: for notebooks that nobody watches
        --overwrite                  replace a model or plan that lies in the way

        %%sendoff is followed by a plan in YAML, as in sendoff.yaml. What it leaves out is proposed:

            %%sendoff --wait
            model:
              path: {model}          # the variable; or the path of a file
            service:
              memory: 1Gi

        In Python:  from jupyter_ext import Wizard;  w = Wizard(model, sample=X_test);  w;  w.result.url;  w.predict(X_test[:3])
        """
        from jupyter_ext.opening.way import check_here

        unwatched = "--wait" in line.split() or host(self._shell) is Host.HEADLESS
        try:
            asked = asked_in(line)
            check_here()
            wizard = self._opened(asked) if cell is None or not cell.strip() else self._of_cell(asked, cell)
            wizard = self._at_work_on_the_same(wizard)
            wizard.waited_for = asked.wait
            try:
                self._show(wizard)
            finally:
                wizard.waited_for = False
        except (KeyboardInterrupt, CancelledError):
            from jupyter_ext.record.interrupted import stopped_before

            raise stopped_before() from None  # not shown but raised: the cells after it are not to run
        except SendoffError as error:
            _refuse(error, raises=unwatched)
            return None
        except Exception as error:
            _refuse(own_fault(error), raises=unwatched)
            return None
        if asked.wait:
            wizard.wait()
        return wizard

    def _opened(self, asked: Asked) -> Wizard:
        from jupyter_ext.wizard import Wizard

        model, name = self._model(asked.model, asked.name) if asked.model else (None, asked.name)
        if isinstance(model, Wizard):
            return model
        return Wizard(
            model,
            sample=self._sample(asked),
            target=asked.target,
            folder=asked.folder,
            name=name,
            settings=dict(asked.settings),
            overwrites=asked.overwrite,
        )

    def _of_cell(self, asked: Asked, text: str) -> Wizard:
        """Write the cell's plan, and open it."""
        from jupyter_ext.capture.live_session import LiveSession
        from jupyter_ext.looks import notice_html
        from jupyter_ext.magics.cell_plan import read_cell, write_cell_plan
        from jupyter_ext.opening.saving_line import saving_shown
        from jupyter_ext.wizard import Wizard

        cell = read_cell(text)
        if asked.model and cell.model:
            raise MagicError(
                "The cell names two models.",
                f"Its first line names {asked.model}, and model.path in the plan is {cell.model}.",
                "Remove one of the two.",
            )
        if not (asked.model or cell.model):
            raise MagicError(
                "The cell names no model.",
                "A plan is made for a model.",
                "Write below model: path: {VARIABLE}, or the path of a file; or name it in the first line: %%sendoff MODEL",
            )
        if asked.model or cell.is_expression:
            model, name = self._model(asked.model or cell.model, asked.name)
        else:
            model, name = Path(cell.model), asked.name
        with saving_shown(host(self._shell)) as reporter:
            written = write_cell_plan(
                cell,
                model,
                sample=self._sample(asked),
                folder=asked.folder,
                name=name,
                target=asked.target,
                settings=dict(asked.settings),
                overwrites=asked.overwrite,
                session=LiveSession(self._shell),
                reporter=reporter,
            )
        _publish("".join(map(notice_html, written.notices)), "\n".join(written.notices))
        return Wizard(written.plan_path, overwrites=asked.overwrite)

    def _model(self, text: str, name: str | None) -> tuple[Any, str | None]:
        """What the word names, and the name of its file where the word itself has to give it."""
        from jupyter_ext.magics.named_things import file_name_for, model_named

        model = model_named(text, self._shell.user_ns, self._shell.ev)
        if name is None and not isinstance(model, str | Path):
            name = file_name_for(text, model, self._shell.user_ns)
        return model, name

    def _sample(self, asked: Asked) -> Any:
        from jupyter_ext.magics.named_things import rows_named

        return rows_named(asked.sample, self._shell.user_ns, self._shell.ev) if asked.sample else None

    def _at_work_on_the_same(self, wizard: Wizard) -> Wizard:
        """The wizard of this notebook whose run is at work on the same plan: a cell that is run again shows that run again."""
        from jupyter_ext.looks import notice_html

        for one in list(self._opened_here):
            run = one.run
            at_work = run is not None and run.feed.snapshot().result is None
            if one is not wizard and at_work and one.deploy.plan_path == wizard.deploy.plan_path:
                wizard.close()
                said = "This is the run that is at work on this project already; what this cell says counts for the next one."
                _publish(notice_html(said), said)
                return one
        self._opened_here.add(wizard)
        return wizard

    # -- shown once, though it is given back --------------------------------------------------------------------------

    def _show(self, wizard: Wizard) -> None:
        """Where the magic stands, so that it need not be the cell's last line; once, though it may be that, too."""
        wizard._ipython_display_()
        self._shown = wizard

    def show_result(self, wizard: Wizard) -> None:
        """Show what a cell gave back, unless the magic has shown it in that cell."""
        if wizard is not self._shown:
            wizard._ipython_display_()

    def forget_shown(self, *_result: object) -> None:
        """The cell is over."""
        self._shown = None


def _refuse(error: SendoffError, *, raises: bool) -> None:
    """Show the error in place; where nobody watches, the notebook has to stop."""
    if raises:
        raise error
    from jupyter_ext.looks import error_html

    _publish(error_html(error), "\n".join(error._render_traceback_()))


def _publish(html: str, text: str) -> None:
    """Show a piece of HTML in the output of the cell, with the same as text; nothing where there is nothing."""
    from IPython import display

    from jupyter_ext.looks import style_html

    if text:
        show: Any = display.display
        show({"text/html": f'{style_html()}<div class="sendoff">{html}</div>', "text/plain": text}, raw=True)


def load(shell: Any) -> None:
    """Give the shell the magic; a second time changes nothing."""
    from jupyter_ext.magics.completion import complete_with

    if any(isinstance(one, SendoffMagics) for one in shell.magics_manager.registry.values()):
        return
    magics = SendoffMagics(shell)
    shell.register_magics(magics)
    shell.display_formatter.ipython_display_formatter.for_type_by_name(*_WIZARD, magics.show_result)
    shell.events.register("post_run_cell", magics.forget_shown)
    complete_with(shell)


def unload(shell: Any) -> None:
    """Take from the shell what `load` gave it."""
    from jupyter_ext.magics.completion import complete_no_more

    magics = shell.magics_manager.registry.pop(SendoffMagics.__name__, None)
    if magics is None:
        return
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop(_NAME, None)
    shell.display_formatter.ipython_display_formatter.pop(".".join(_WIZARD), None)
    shell.events.unregister("post_run_cell", magics.forget_shown)
    complete_no_more(shell)
