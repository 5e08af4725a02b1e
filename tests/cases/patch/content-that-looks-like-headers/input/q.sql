-- a/old
-- prices
select 1;
