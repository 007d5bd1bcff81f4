//! [`Schedule`]: virtual time, and the tasks that go on in it. A task is polled when its time has come, and may be dropped at
//! any of its awaits.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

type Work = Pin<Box<dyn Future<Output = ()>>>;

/// A task, and how it may end before its end.
struct Task {
    /// The process that it is part of; `None` for a person, or a vendor.
    process: Option<usize>,
    /// The polls before it is dropped.
    polls_left: u64,
    work: Work,
}

/// Tasks by their number, and the times at which they are polled.
pub struct Schedule {
    /// Milliseconds since the Unix epoch.
    now: Cell<i64>,
    current: Cell<u64>,
    next: Cell<u64>,
    due: RefCell<BinaryHeap<Reverse<(i64, u64)>>>,
    tasks: RefCell<BTreeMap<u64, Task>>,
    pub polls: Cell<u64>,
    /// The tasks that were dropped at an await.
    pub dropped: Cell<u64>,
}

impl Schedule {
    pub fn new(now: i64) -> Self {
        Self {
            now: Cell::new(now),
            current: Cell::default(),
            next: Cell::default(),
            due: RefCell::default(),
            tasks: RefCell::default(),
            polls: Cell::default(),
            dropped: Cell::default(),
        }
    }

    pub fn now(&self) -> i64 {
        self.now.get()
    }

    /// The task that is polled now.
    pub fn current(&self) -> u64 {
        self.current.get()
    }

    /// Adds a task, which is dropped after so many polls.
    pub fn spawn(&self, process: Option<usize>, polls_left: u64, work: impl Future<Output = ()> + 'static) {
        let number = self.next.replace(self.next.get() + 1);
        self.tasks.borrow_mut().insert(number, Task { process, polls_left, work: Box::pin(work) });
        self.wake(number, self.now());
    }

    /// Polls a task at a time.
    pub fn wake(&self, task: u64, at: i64) {
        self.due.borrow_mut().push(Reverse((at, task)));
    }

    /// Passes time for the task that is polled now.
    pub async fn sleep(&self, milliseconds: i64) {
        let mut until = None;
        poll_fn(|_| {
            let until = *until.get_or_insert_with(|| {
                self.wake(self.current(), self.now() + milliseconds);
                self.now() + milliseconds
            });
            if self.now() >= until { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Drops all tasks of a process where they are.
    pub fn kill(&self, process: usize) {
        let before = self.tasks.borrow().len();
        let (killed, others) = std::mem::take(&mut *self.tasks.borrow_mut())
            .into_iter()
            .partition(|(_, task)| task.process == Some(process));
        *self.tasks.borrow_mut() = others;
        drop::<BTreeMap<u64, Task>>(killed);
        self.dropped.set(self.dropped.get() + (before - self.tasks.borrow().len()) as u64);
    }

    /// Runs the tasks until a time.
    pub fn run_until(&self, end: i64) {
        loop {
            let first = self.due.borrow().peek().map(|Reverse((at, _))| *at);
            let Some(at) = first.filter(|at| *at <= end) else { break };
            let Some(Reverse((_, number))) = self.due.borrow_mut().pop() else { break };
            self.now.set(self.now().max(at));
            let Some(mut task) = self.tasks.borrow_mut().remove(&number) else { continue };
            if task.polls_left == 0 {
                self.dropped.set(self.dropped.get() + 1);
                continue;
            }
            task.polls_left -= 1;
            self.current.set(number);
            self.polls.set(self.polls.get() + 1);
            if task.work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
                self.tasks.borrow_mut().insert(number, task);
            }
        }
        self.now.set(self.now().max(end));
    }

    /// Drops everything that still runs.
    pub fn clear(&self) {
        let tasks = std::mem::take(&mut *self.tasks.borrow_mut());
        drop(tasks);
        self.due.borrow_mut().clear();
    }
}
