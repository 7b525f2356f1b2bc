"""The form of a member of staff in a district with many grids."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open


@pytest.mark.parametrize("phone", [True, False])
def test_the_grids_of_a_new_colleague_are_those_of_the_chosen_communities(open_as: Open, phone: bool) -> None:
    admin = open_as("admin.district", phone=phone)
    for number in range(1, 4):  # so many in all that they are in groups
        admin.go("/admin/communities/zhongzhou/grids/new")
        admin.page.locator("#id").fill(f"zhongzhou-{phone}-{number}")
        admin.page.locator("#name_zh").fill(f"新网格{number}")
        admin.page.locator("#position").fill("50")
        admin.page.locator("main form.form button.button").first.click()
        expect(admin.page.locator("#id")).to_have_count(0)
    admin.go("/admin/staff/new")
    for group in admin.page.locator("#grids details").all():
        group.locator("summary").click()
    here, elsewhere = (admin.page.locator(f"#grids label[data-place={place}]") for place in ("zhongzhou", "liuyi"))
    expect(elsewhere.first).to_be_visible()
    elsewhere.nth(1).locator("input").check()
    admin.page.locator("input[name=communities][value=zhongzhou]").check()
    expect(here.last).to_be_visible()
    expect(elsewhere.first).to_be_hidden()
    expect(elsewhere.nth(1), "what is checked is never hidden").to_be_visible()
    admin.check_page()
    admin.page.locator("#grids-narrow").fill("新网格2")
    expect(here.filter(has_text="新网格2").first).to_be_visible()
    expect(here.filter(has_text="新网格1").first).to_be_hidden()
    admin.page.locator("#grids-narrow").fill("")
    admin.page.locator("input[name=whole_district]").check()
    expect(elsewhere.first, "who works everywhere may have every grid").not_to_have_attribute("hidden", "")
