"""Sign-in of residents with WeChat: mini-programs and official accounts. It knows no Flask."""
