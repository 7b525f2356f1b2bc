"""The district's community and its grids, as the directory has them and as cases offers them."""

from tests.e2e.conftest import Person


def test_the_directory_and_the_copies_agree(visitor: Person) -> None:
    (liuyi,) = visitor.get("/communities")["items"]
    assert (liuyi["id"], liuyi["number_prefix"], liuyi["time_zone"]) == ("liuyi", "LY", "Asia/Shanghai")
    assert liuyi["sub_district"]["name"]["zh-CN"] == "陈州街回族街道"
    grids = visitor.get("/communities/liuyi")["grids"]
    assert len(grids) == 6
    offered = visitor.get("/grids")["items"]
    assert [(grid["id"], grid["name"]) for grid in offered] == [(grid["id"], grid["name"]) for grid in grids]
