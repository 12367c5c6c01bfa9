mod clock;
mod faults;
mod orphans;
mod outside;
mod queues;
mod replay;
