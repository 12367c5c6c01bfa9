mod clock;
mod faults;
mod outside;
mod queues;
mod replay;
