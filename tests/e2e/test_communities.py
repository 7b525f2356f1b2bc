"""The district's communities and grids, as the directory has them and as cases offers them."""

from tests.e2e.conftest import Person


def test_the_directory_and_the_copies_agree(visitor: Person) -> None:
    communities = {community["id"]: community for community in visitor.get("/communities")["items"]}
    prefixes = {name: (community["number_prefix"], community["sub_district"]["id"]) for name, community in communities.items()}
    assert prefixes == {"liuyi": ("LY", "chenzhou"), "yuxin": ("YX", "chenzhou"), "zhongzhou": ("ZZ", "qiyilu")}
    liuyi = communities["liuyi"]
    assert (liuyi["time_zone"], liuyi["sub_district"]["name"]["zh-CN"]) == ("Asia/Shanghai", "陈州街回族街道")
    grids = visitor.get("/communities/liuyi")["grids"]
    assert len(grids) == 6 and all(grid["border"] for grid in grids)
    offered = visitor.get("/grids")["items"]
    assert [(grid["id"], grid["name"]) for grid in offered] == [(grid["id"], grid["name"]) for grid in grids]
