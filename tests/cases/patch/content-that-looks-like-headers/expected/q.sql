++ b/new
-- prices
select 1;
