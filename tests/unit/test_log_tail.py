from pathlib import Path

from flows.running.log_tail import LogTail

DONE = "18:02:11.123 | INFO    | Flow run 'send' - Done: send · 34 sent, 2 held\n"
OTHER = "18:02:11.100 | INFO    | Flow run 'send' - Beginning flow run 'send' for flow 'send'\n"
FAILED = "18:03:00.001 | ERROR   | Flow run 'plan' - Finished in state Failed(\"no file\")\n"


FAULT = "18:02:10.001 | ERROR   | Flow run 'sync' - Fault: data/customers.csv:3:7: no email\n"


def test_a_log_that_is_not_there_yet_says_nothing(tmp_path: Path) -> None:
    assert LogTail(tmp_path / "flows.log").finished_runs() == []


def test_a_run_that_ends_is_one_line(tmp_path: Path) -> None:
    log = tmp_path / "flows.log"
    log.write_text(OTHER + DONE, encoding="utf-8")
    assert LogTail(log).finished_runs() == ["18:02:11  send · 34 sent, 2 held"]


def test_a_run_that_fails_is_told_too(tmp_path: Path) -> None:
    log = tmp_path / "flows.log"
    log.write_text(FAILED, encoding="utf-8")
    assert LogTail(log).finished_runs() == ['18:03:00  plan: Finished in state Failed("no file")']


def test_what_a_run_has_told_itself_is_not_told_again(tmp_path: Path) -> None:
    log = tmp_path / "flows.log"
    told = FAILED.replace('"no file"', "'Not planned, for its file has a fault.'")
    log.write_text(told, encoding="utf-8")
    assert LogTail(log).finished_runs() == []


def test_what_a_run_found_wrong_is_told(tmp_path: Path) -> None:
    log = tmp_path / "flows.log"
    log.write_text(FAULT, encoding="utf-8")
    assert LogTail(log).finished_runs() == ["18:02:10  data/customers.csv:3:7: no email"]


def test_each_line_is_told_once_and_whole(tmp_path: Path) -> None:
    log = tmp_path / "flows.log"
    tail = LogTail(log)
    with log.open("ab") as file:
        dot = DONE.encode().index("·".encode()) + 1  # in the middle of a character
        for part in (DONE.encode()[:dot], DONE.encode()[dot:], OTHER.encode()):
            file.write(part)
            file.flush()
            told = tail.finished_runs()
            if part == DONE.encode()[dot:]:
                assert told == ["18:02:11  send · 34 sent, 2 held"]
            else:
                assert told == []
