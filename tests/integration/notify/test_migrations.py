from chassis.database.migrate import differences, pending
from services.notify.models import metadata


def test_migrated_database_equals_the_models(database_of):
    engine = database_of("notify")
    assert differences("notify", metadata, engine) == []
    assert pending("notify", engine) == []
