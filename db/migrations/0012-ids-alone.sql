-- An id is looked for by itself: ids of all organizations come from one sequence. With the organization before it, a plan made
-- while the table was empty took this index for looking up a pair, and read all rows of the organization for each.

drop index lms_enrollment_id;
create index lms_enrollment_id on lms_enrollment (id);
drop index lms_relation_id;
create unique index lms_relation_id on lms_relation (id);
