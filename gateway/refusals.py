"""The refusals of the gateway itself. Refusals of services are in their interfaces."""

from chassis.rpc.refusal import Refusal


class SessionOver(Refusal):
    code = "auth.session_over"
    kind = "unauthenticated"
    en = "You are no longer signed in; please sign in again."
    zh = "登录已失效，请重新登录。"


class KeyUnknown(Refusal):
    code = "auth.key_unknown"
    kind = "unauthenticated"
    en = "The API key is not valid."
    zh = "接口密钥无效。"


class KeyNotEnough(Refusal):
    code = "auth.key_not_enough"
    kind = "forbidden"
    en = "This API key may not do this."
    zh = "此接口密钥无权进行此操作。"


class CredentialsUnknown(Refusal):
    code = "auth.credentials_unknown"
    kind = "unauthenticated"
    en = "Send `Authorization: Bearer` with the token of a session or an API key, or `X-API-Key` with an API key."
    zh = "请使用 Authorization: Bearer 发送会话令牌或接口密钥，或使用 X-API-Key 发送接口密钥。"


class CodeWrong(Refusal):
    code = "auth.code_wrong"
    kind = "unauthenticated"
    en = "The code is wrong or has expired; please request a new one."
    zh = "验证码错误或已过期，请重新获取。"


class PasswordWrong(Refusal):
    code = "auth.password_wrong"
    kind = "unauthenticated"
    en = "The user name, password or authenticator code is wrong."
    zh = "用户名、密码或动态口令错误。"


class TotpNeeded(Refusal):
    code = "auth.totp_needed"
    kind = "unauthenticated"
    en = "Please also enter the code of your authenticator."
    zh = "请输入动态口令。"


class TooManyCodes(Refusal):
    code = "auth.too_many_codes"
    kind = "too_many"
    en = "Too many codes were requested; please wait before you request another one."
    zh = "获取验证码过于频繁，请稍后再试。"


class TotpOn(Refusal):
    code = "auth.totp_on"
    kind = "conflict"
    en = "An authenticator is already set up; switch it off first."
    zh = "已启用动态口令，请先停用。"


class TotpOff(Refusal):
    code = "auth.totp_off"
    kind = "conflict"
    en = "No authenticator is being set up."
    zh = "尚未设置动态口令。"


class PhoneInUse(Refusal):
    code = "residents.phone_in_use"
    kind = "conflict"
    en = "A resident with this phone number exists already. Enter it as a contact number if several people use it."
    zh = "这个手机号已属于另一位居民。如果几个人共用，请填作联系电话。"


class AccountIsClaimed(Refusal):
    code = "residents.account_claimed"
    kind = "conflict"
    en = "The resident uses this account themselves and changes it themselves."
    zh = "居民本人已在使用这个账号，资料由本人修改。"


class UsernameTaken(Refusal):
    code = "staff.username_taken"
    kind = "conflict"
    en = "This user name is already taken."
    zh = "该用户名已被使用。"


class InvitationUnknown(Refusal):
    code = "auth.invitation_unknown"
    kind = "unauthenticated"
    en = "This link is not valid. It may have been replaced by a newer one; please ask your admin."
    zh = "链接无效，可能已被新的链接取代，请联系管理员。"


class InvitationExpired(Refusal):
    code = "auth.invitation_expired"
    kind = "gone"
    en = "This link has expired; please ask your admin for a new one."
    zh = "链接已过期，请联系管理员重新发送。"


class InvitationUsed(Refusal):
    code = "auth.invitation_used"
    kind = "gone"
    en = "This link has been used already; please sign in, or ask your admin for a new one."
    zh = "链接已使用过，请直接登录，或联系管理员重新发送。"


class AccountDisabled(Refusal):
    code = "staff.disabled"
    kind = "conflict"
    en = "This account is switched off; switch it on first."
    zh = "该账户已停用，请先启用。"


class WorksElsewhere(Refusal):
    code = "staff.works_elsewhere"
    kind = "forbidden"
    en = "This person also works in communities that are not yours, so only their admin can change the account."
    zh = "此人还在您管辖以外的社区工作，请联系上级管理员修改。"


class TooManyRows(Refusal):
    code = "export.too_many_rows"
    kind = "invalid"
    en = "The file would have more than {most} rows. Narrow the list with its filters."
    zh = "导出的内容超过 {most} 行，请先用筛选缩小范围。"


class CrossSite(Refusal):
    code = "auth.csrf"
    kind = "forbidden"
    en = "The request did not come from one of our pages; please reload the page."
    zh = "请求来源无法确认，请刷新页面后重试。"


class TooManyStreams(Refusal):
    code = "streams.too_many"
    kind = "too_many"
    en = "Too many live streams are open."
    zh = "实时连接过多。"


class Throttled(Refusal):
    code = "too_many_requests"
    kind = "too_many"
    en = "Too many requests; please wait a moment."
    zh = "请求过于频繁，请稍后再试。"


class PhotosUnavailable(Refusal):
    code = "photos.unavailable"
    kind = "unavailable"
    en = "Photos cannot be stored or shown right now; please try again in a moment."
    zh = "照片暂时无法存取，请稍后再试。"


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
