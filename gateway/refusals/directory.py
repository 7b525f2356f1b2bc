"""Refusals about the directory: communities and grids."""

from chassis.rpc.refusal import Refusal


class PrefixTaken(Refusal):
    code = "directory.prefix_taken"
    kind = "conflict"
    en = "Case numbers of another community begin with {prefix}, or could be mistaken for those of this community."
    zh = "其他社区的事项编号已使用前缀 {prefix}，或会与本社区的编号混淆。"


class HostTaken(Refusal):
    code = "directory.host_taken"
    kind = "conflict"
    en = "Another community has the host name {host}."
    zh = "域名 {host} 已用于其他社区。"


class PrefixFixed(Refusal):
    code = "directory.prefix_fixed"
    kind = "conflict"
    en = "The prefix {prefix} cannot change any more, because the numbers of cases begin with it."
    zh = "事项编号已使用前缀 {prefix}，不能再更改。"


class GridOfAnotherCommunity(Refusal):
    code = "directory.grid_of_another_community"
    kind = "conflict"
    en = "The grid belongs to the community {community_id}, and a grid does not move."
    zh = "该网格属于社区 {community_id}，网格不能转到其他社区。"


class GridsOverlap(Refusal):
    """Details: `grid_id` and the names of the other grid; `point`, a place that would belong to both, in WGS84."""

    code = "directory.grids_overlap"
    kind = "conflict"
    en = "The border overlaps the grid {name_en} ({grid_id}), for example at {point}. At most {most} m may overlap."
    zh = "边界与网格“{name_zh}”（{grid_id}）重叠，例如在 {point}。边界可以相接，重叠宽度不得超过 {most} 米。"
