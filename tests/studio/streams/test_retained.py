from studio.streams.retained import Retained, Sent


def sent(number: int, size: int = 10) -> Sent:
    return Sent(place=(1000, number), payload=b"x" * size, events=1)


def test_what_is_older_than_the_oldest_is_let_go_of() -> None:
    retained = Retained()
    for number in range(5):
        retained.add(sent(number))
    retained.done_before((1000, 3))
    assert retained.take_all() == [sent(3), sent(4)]
    assert retained.take_all() == []


def test_the_oldest_go_where_there_is_no_room() -> None:
    retained = Retained(most_bytes=25)
    for number in range(4):
        retained.add(sent(number))
    assert retained.take_all() == [sent(2), sent(3)]
    retained.add(sent(9, size=20))
    assert retained.take_all() == [sent(9, size=20)]


def test_what_could_not_be_sent_comes_before_the_rest() -> None:
    retained = Retained()
    retained.add(sent(1))
    retained.add(sent(2))
    taken = retained.take_all()
    retained.add(sent(3))
    retained.give_back(taken[1:])
    assert retained.take_all() == [sent(2), sent(3)]
