from chassis.database.migrate import pending
from services.notify.base import Base
from services.notify.service import NotifyService
from tests.schema_differences import differences


def test_migrated_database_equals_the_models(database_of):
    engine = database_of(NotifyService.name)  # the service imports the models of all features
    assert differences(Base.metadata, engine) == []
    assert pending("notify", engine) == []
