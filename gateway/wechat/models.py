"""The table of people of WeChat whose account we know."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from gateway.database import Base


class WeChatLink(Base):
    """The person whom WeChat calls `openid` in the app `app_id` (`app` is its kind) signs in to the account. An openid belongs
    to one account, and an account has one openid in an app. `unionid` is the person's id in all apps of one WeChat Open
    Platform account, None if it is not known."""

    __tablename__ = "wechat_link"
    __table_args__ = (
        Index("wechat_link_openid_key", "app_id", "openid", unique=True),
        Index("wechat_link_account_key", "account_id", "app_id", unique=True),
        Index("wechat_link_unionid", "unionid", postgresql_where=text("unionid IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    app: Mapped[str]
    app_id: Mapped[str]
    openid: Mapped[str]
    unionid: Mapped[str | None]
    linked_at: Mapped[datetime]
