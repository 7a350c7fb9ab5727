"""Does the command line answer in one clear way, also when something is wrong?"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from citysim import cli
from citysim.evaluation.comparison import load_comparison
from citysim.evaluation.run import IncompleteError, evaluate
from citysim.experiment.read import load_experiment
from citysim.words import load_words
from citysim.world.scenario import load_scenario

ROOT = Path(__file__).parents[1]
TOY = str(ROOT / "scenarios" / "toy.yaml")
COMMAND = [sys.executable, "-m", "citysim.cli"]


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        code = cli.main(["--lang", "en", *arguments] if "--lang" not in arguments else arguments)
    except SystemExit as stop:
        code = int(stop.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_help_and_version_load_nothing_heavy() -> None:
    heavy = ("numba", "numpy", "pandas", "matplotlib", "scipy", "rich", "duckdb", "pydantic", "simpy", "jinja2")
    code = (
        "import sys; from citysim import cli\n"
        "try: cli.main(['--help'])\nexcept SystemExit: pass\n"
        f"assert cli.main(['--version']) == 0\nprint('heavy', [m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)

    assert done.stdout.endswith("heavy []\n"), done.stdout + done.stderr


@pytest.mark.parametrize(("language", "word"), [("en", "usage: citysim"), ("zh", "用法：citysim")])
@pytest.mark.parametrize("command", [[], ["evaluate"], ["validate"], ["show"], ["schema"], ["bench"]])
def test_help_is_in_the_readers_language(
    capsys: pytest.CaptureFixture[str], language: str, word: str, command: list[str]
) -> None:
    code, out, err = answer(capsys, "--lang", language, *command, "--help")

    assert (code, err) == (0, "")
    assert out.startswith(word)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_help_of_searches_names_horizon_and_cost_of_a_call(language: str) -> None:
    words, usual = load_words(language), load_experiment(ROOT / "experiments" / "assumptions")
    runs = f"{usual.points} x {len(usual.designs)} x {usual.worlds.most} = ".replace(
        "x", "×" if language == "zh" else "x"
    )
    about = words("cli.sensitivity.about")

    assert f"{runs}{usual.points * len(usual.designs) * usual.worlds.most:,}" in about
    assert re.search(rf"--weeks\D*{usual.weeks}\D", about)
    assert all(option in words("cli.select.about") for option in ("--weeks", "--most", "--budget", "--fresh"))
    weeks = {load_scenario(path).weeks for path in (ROOT / "scenarios").glob("[cmt]*.yaml")}
    assert all(str(one) in words("cli.select.weeks") for one in weeks)


def test_help_of_branch_says_what_can_be_branched_and_the_folder_of_an_answer_is_refused_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "not those of citysim run" in " ".join(answer(capsys, "branch", "--help")[1].split())
    code, _, err = answer(capsys, "branch", str(ROOT / "experiments"), "--at", "day 3", "--with", "unified_command")
    assert (code, err.strip()) == (2, f"{ROOT / 'experiments'}: no manifest.json, so no results of citysim evaluate")


@pytest.mark.slow
def test_evaluate_prints_a_table_and_writes_everything(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "run"
    code, out, err = answer(
        capsys, "evaluate", TOY, "--replications", "2", "--weeks", "1", "--workers", "1", "--out", str(folder), "--log"
    )

    assert code == 0
    assert "forecasts nothing" in out.splitlines()[0]
    assert "too few" in out
    assert "paired replications: 2, each of 1 week(s)" in out
    assert "compiles" in err
    assert {path.name for path in folder.iterdir()} == {
        "manifest.json", "ro-crate-metadata.json", "replications.parquet", "series.parquet", "timings.json",
        "report.html", "table.md", "comparison.csv", "inputs",
        *(f"cases-{design}-{k}.parquet" for design in ("fragmented", "unified_command") for k in (0, 1)),
    }  # fmt: skip
    crate = json.loads((folder / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    types = {entry["@id"]: entry.get("encodingFormat") for entry in crate["@graph"]}
    assert types["comparison.csv"] == "text/csv"

    pages = {name: (folder / name).read_bytes() for name in ("table.md", "comparison.csv", "report.html")}
    for name in pages:
        (folder / name).unlink()
    assert answer(capsys, "table", str(folder)) == (0, out, "")  # the same once more, from the folder alone
    assert {name: (folder / name).read_bytes() for name in pages} == pages


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a run that the library made: without pages."""
    folder = tmp_path_factory.mktemp("table") / "run"
    evaluate(TOY, replications=2, weeks=1, workers=1, out=folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_first_line_of_a_table_is_the_command_that_makes_the_same_bytes(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, run_folder: Path, language: str
) -> None:
    page = tmp_path / "new" / "table.md"
    code, out, err = answer(capsys, "table", str(run_folder), "--out", str(page), "--lang", language)
    first = page.read_text(encoding="utf-8").splitlines()[0]
    command, run = re.findall(r"`([^`]*)`", first)
    before = page.read_bytes()
    page.unlink()

    assert (code, err) == (0, "")
    assert str(page) in out
    assert not (run_folder / "table.md").exists()
    assert run == load_comparison(run_folder).manifest["command"]
    assert shlex.split(command)[:2] == ["citysim", "table"]
    assert cli.main(shlex.split(command)[1:]) == 0
    assert page.read_bytes() == before


@pytest.mark.slow
def test_the_table_of_an_incomplete_run_says_so_and_one_of_nothing_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, run_folder: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(run_folder, copy)
    manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    for finished in ([0], []):
        data = {**manifest, "complete": False, "finished": finished}
        (copy / "manifest.json").write_text(json.dumps(data), encoding="utf-8")
        code, _, err = answer(capsys, "table", str(copy), "--out", str(tmp_path / "table.md"))
        assert (code, "no replication is finished" in err) == ((0, False) if finished else (2, True))

    assert "INCOMPLETE: 1 of 2 replications" in (tmp_path / "table.md").read_text(encoding="utf-8")


def test_a_table_of_no_run_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert answer(capsys, "table", str(tmp_path))[0] == 2


@pytest.mark.slow
def test_the_default_folder_is_named_after_the_run(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, _ = answer(
        capsys, "--lang", "zh", "evaluate", TOY, "--designs", "fragmented", "--replications", "1", "--weeks", "1",
        "--workers", "1",
    )  # fmt: skip

    assert code == 0
    (folder,) = (tmp_path / "results").iterdir()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert folder.name == f"toy-fragmented-{manifest['digest'][:10]}"
    assert "不作任何预测" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["evaluate", "nowhere.yaml"], ["nowhere.yaml"]),
        (["evaluate", TOY, "--designs", "fragmentd"], ["fragmentd", "did you mean", "fragmented"]),
        (["evaluate", TOY, "--replications", "0"], ["--replications", "0 is not a whole number from 1 on"]),
        (["evaluate", TOY, "--weeks", "two"], ["--weeks", "two is not a whole number"]),
        (["evaluate", TOY, "--level", "95"], ["--level", "95 is not a number from 0.5 on and below 1"]),
        (["evaluate", TOY, "--engine", "steam"], ["steam", "kernel", "reference"]),
        (["evaluate"], ["SCENARIO"]),
        (["evaluate", ""], ["'': is not a file"]),
        (["evaluate", "--designs", "fragmented", TOY], ["SCENARIO", "before --designs"]),
        (["evaluate", TOY, "--weeks", "1041"], ["weeks = 1041", "1..1040"]),
        (["evaluate", TOY, "--replication", "1" + 12 * "0"], ["replication = 1000000000000", "0..999999"]),
        (["validate", str(Path(TOY).parent)], ["is not a file"]),
        (["bench", "--only", "year", "--json", "/nowhere/x.json"], ["/nowhere/x.json"]),
        (["evaluat", TOY], ["evaluat", "evaluate"]),
        (["validate", "nowhere.yaml"], ["nowhere.yaml"]),
        (["show", "fragmentd"], ["did you mean"]),
    ],
)
def test_wrong_input_gives_one_message_and_code_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: list[str]
) -> None:
    code, out, err = answer(capsys, *arguments)

    assert code == 2
    assert out == ""
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1
    assert all(word in err for word in words)


def test_a_bad_scenario_names_file_line_and_key(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "incident-types.yaml").write_text((Path(TOY).parent / "incident-types.yaml").read_text())
    bad = tmp_path / "bad.yaml"
    bad.write_text(Path(TOY).read_text().replace("weeks:", "week:"))
    for command in ("validate", "evaluate"):
        code, _, err = answer(capsys, command, str(bad))
        assert code == 2
        assert f"{bad}:" in err


def test_validate_says_what_a_scenario_is(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = answer(capsys, "validate", TOY)

    assert code == 0
    assert "districts: 1; streets and towns: 3; residents: 180,000" in out
    assert "incident types: 60" in out


def test_validate_says_what_a_policy_is(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from citysim.policy.catalog import load_policy
    from citysim.policy.files import dump_policy

    (tmp_path / "mine.yaml").write_text(dump_policy(load_policy("fragmented").with_(name="mine")))
    code, out, _ = answer(capsys, "validate", str(tmp_path / "mine.yaml"))

    assert code == 0
    assert "(mine)" in out
    assert "blocks" in out


@pytest.mark.slow
def test_show_prints_the_sentence_and_the_diagram(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = answer(capsys, "show", "unified_command", "--svg", str(tmp_path / "d4.svg"))

    assert code == 0
    assert "flowchart TD" in out
    assert "seize" in out
    assert (tmp_path / "d4.svg").read_text().startswith("<?xml")


def test_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = answer(capsys, "schema")

    assert code == 0
    assert "properties" in json.loads(out)


@pytest.mark.slow
def test_a_failed_replication_ends_with_code_3_and_the_command_that_replays_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from citysim.evaluation import replicate

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("out of tea")

    monkeypatch.setattr(replicate, "judge", broken)
    folder = tmp_path / "run"
    code, out, err = answer(
        capsys, "evaluate", TOY, "--replications", "1", "--weeks", "1", "--workers", "1", "--out", str(folder)
    )

    assert issubclass(IncompleteError, RuntimeError)
    assert code == 3
    assert "INCOMPLETE: 0 of 1 replications" in out
    assert "out of tea" in err
    assert "replay: citysim evaluate" in err
    assert "--replication 0" in err


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="sends a signal to a process group")
@pytest.mark.parametrize(("number", "to_group"), [(signal.SIGINT, True), (signal.SIGTERM, False)])
def test_ctrl_c_and_kill_leave_what_was_finished(tmp_path: Path, number: int, to_group: bool) -> None:
    folder = tmp_path / "run"
    process = start_long_run(folder)
    if to_group:
        os.killpg(process.pid, number)  # as a terminal does
    else:
        process.send_signal(number)
    out, err = process.communicate(timeout=60)

    manifest = json.loads((folder / "manifest.json").read_text())
    kept = load_comparison(folder)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert err.strip().splitlines()[-1].startswith("Stopped:")
    assert out == ""
    assert manifest["complete"] is False
    assert 1 <= len(manifest["finished"]) < 500
    assert sorted(set(kept.scores["replication"].tolist())) == manifest["finished"]
    assert still_alive(process.pid) == []


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
def test_a_run_that_is_killed_outright_can_be_read_and_leaves_no_process(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    process = start_long_run(folder)
    process.kill()
    process.communicate(timeout=60)
    kept = load_comparison(folder)

    assert not kept.complete
    assert kept.manifest["finished"]
    assert kept.select("recorded_cases")[0].n >= 1
    deadline = time.monotonic() + 20
    while still_alive(process.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert still_alive(process.pid) == []


def start_long_run(folder: Path) -> "subprocess.Popen[str]":
    """A run that would take minutes, in a process group of its own, that has just finished its first replications."""
    arguments = ["evaluate", TOY, "--replications", "500", "--weeks", "1", "--workers", "2", "--out", str(folder)]
    process = subprocess.Popen(
        [*COMMAND, "--lang", "en", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 300  # the kernel may have to be compiled first
    while not list((folder / "parts").glob("*/runs/*.parquet")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process


def still_alive(session: int) -> list[int]:
    """Processes of a session that run, by /proc; zombies do not count."""
    alive = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            alive.append(int(stat.parent.name))
    return alive


@pytest.mark.slow
def test_brackets_in_titles_and_folders_are_printed_as_they_are(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "incident-types.yaml").write_text((Path(TOY).parent / "incident-types.yaml").read_text())
    scenario = tmp_path / "toy.yaml"
    scenario.write_text(Path(TOY).read_text().replace("Toy city", "[red]Toy[/blue] :smile:"))
    folder = tmp_path / "run [bold]"
    code, out, _ = answer(
        capsys, "evaluate", str(scenario), "--replications", "1", "--weeks", "1", "--workers", "1", "--out", str(folder)
    )

    assert code == 0
    assert "[red]Toy[/blue] :smile:" in out
    assert f"Everything: {folder}" in out
