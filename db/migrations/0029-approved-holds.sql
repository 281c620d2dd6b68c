-- Each transaction of messages asks whether anything is held, or approved and not applied yet.
create index run_hold_approved on run_hold (organization_id) where state = 'approved' and not done;
