"""What the tests above all apps share. Fixtures for every test of the house are in niangjia.platform.testing.plugin."""
