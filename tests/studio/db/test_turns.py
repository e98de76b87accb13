import threading

from studio.db.turns import Turns


def test_turns_are_taken_in_the_order_of_asking() -> None:
    turns, order, asked = Turns(), [], threading.Semaphore(0)

    def take(name: int) -> None:
        with turns.turn(timeout_s=30):
            order.append(name)

    with turns.turn(timeout_s=30):
        threads = []
        for name in range(4):
            threads.append(threading.Thread(target=take, args=(name,)))
            threads[-1].start()
            while len(turns._waiting) <= name:
                asked.acquire(timeout=0.001)
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3]


def test_who_waits_too_long_goes_on_and_takes_no_turn_away() -> None:
    turns, held = Turns(), []
    with turns.turn(timeout_s=30):
        with turns.turn(timeout_s=0.001):
            held.append(turns._taken)
        held.append(turns._taken)
    held.append(turns._taken)
    with turns.turn(timeout_s=30):
        held.append(turns._taken)
    assert held == [True, True, False, True]
