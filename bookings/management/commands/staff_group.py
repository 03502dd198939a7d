from django.core.management.base import BaseCommand

from bookings.staff.group import ensure_group


class Command(BaseCommand):
    help = 'Create the group "Staff" or bring its rights up to date. Safe to repeat.'

    def handle(self, **options):
        group = ensure_group()
        self.stdout.write(f"{group}: {group.permissions.count()} rights")
