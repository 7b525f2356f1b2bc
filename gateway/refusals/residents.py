"""Refusals about residents, households and guardians."""

from chassis.rpc.refusal import Refusal


class PhoneInUse(Refusal):
    code = "residents.phone_in_use"
    kind = "conflict"
    en = "A resident with this phone number exists already. Enter it as a contact number if several people use it."
    zh = "这个手机号已属于另一位居民。如果几个人共用，请填作联系电话。"


class PhoneOfAnother(Refusal):
    code = "phones.of_another"
    kind = "conflict"
    en = (
        "This number signs in to another account. If it is yours, bring the phone to the counter of the centre: staff can move "
        "the number to this account, or merge a record that they have made for you."
    )
    zh = (
        "这个号码已用于登录另一个账号。如果号码是您本人的，请带手机到中心窗口，"
        "工作人员可以把号码转到这个账号，或合并他们为您建的档案。"
    )


class PhoneIsMain(Refusal):
    code = "phones.is_main"
    kind = "conflict"
    en = "This is the main phone. Choose another main phone first."
    zh = "这是主号码，请先把另一个号码设为主号码。"


class LastPhone(Refusal):
    code = "phones.last"
    kind = "conflict"
    en = "This is the only phone that signs in to this account. Add another one first."
    zh = "这是唯一能登录的号码，请先添加另一个号码。"


class TooManyPhones(Refusal):
    code = "phones.too_many"
    kind = "conflict"
    en = "There are {most} phones of this kind already; remove one first."
    zh = "这一类号码已有 {most} 个，请先删除一个。"


class PhoneNotYet(Refusal):
    """Details: `usable_from`, the time from which the phone may be used."""

    code = "phones.not_yet"
    kind = "forbidden"
    en = "This phone was added at the counter. To protect the account, it can be used 48 hours later."
    zh = "这个号码是在窗口添加的。为保护账号，48 小时后才能使用。"


class CommunityClosed(Refusal):
    code = "residents.community_closed"
    kind = "forbidden"
    en = "This community takes new residents at its counter only. Please ask there."
    zh = "该社区只在中心窗口登记新居民，请到窗口办理。"


class AccountIsClaimed(Refusal):
    code = "residents.account_claimed"
    kind = "conflict"
    en = "The resident uses this account themselves and changes it themselves."
    zh = "居民本人已在使用这个账号，资料由本人修改。"


class BothClaimed(Refusal):
    code = "residents.both_claimed"
    kind = "conflict"
    en = "Both records are used by their owners, so staff cannot merge them."
    zh = "两份档案都由本人在使用，工作人员不能合并。"


class ClaimedStays(Refusal):
    code = "residents.claimed_stays"
    kind = "conflict"
    en = "The record that its owner uses must be the one that stays."
    zh = "本人在使用的档案必须保留。"


class NoHousehold(Refusal):
    code = "households.none"
    kind = "conflict"
    en = "You belong to no household."
    zh = "您还没有加入家庭。"


class InAnotherHousehold(Refusal):
    code = "households.in_another"
    kind = "conflict"
    en = "This person belongs to a household already and must leave it first."
    zh = "此人已属于另一个家庭，须先退出。"


class HouseholdElsewhere(Refusal):
    code = "households.other_community"
    kind = "conflict"
    en = "The household is in another community."
    zh = "这个家庭在其他社区。"


class HouseholdFull(Refusal):
    code = "households.full"
    kind = "conflict"
    en = "A household has at most {most} members."
    zh = "一个家庭最多 {most} 人。"


class OnlyAdults(Refusal):
    code = "households.only_adults"
    kind = "forbidden"
    en = "Only adults may do this."
    zh = "只有成年人可以进行此操作。"


class TooManyGuardianships(Refusal):
    code = "guardians.too_many"
    kind = "conflict"
    en = "At most {most} are possible."
    zh = "最多 {most} 个。"
