//! Tasks: a request that is answered, the work of a minute, a step on a store. A task continues with the result of an
//! effect, and emits the effects that it needs next.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use js_sys::Array;
use wasm_bindgen::prelude::*;

use crate::edge::bridge::HostBridge;
use xinshi::edge::misuse;

struct Task {
    future: Pin<Box<dyn Future<Output = ()>>>,
    bridge: HostBridge,
}

thread_local! {
    static TASKS: RefCell<Tasks> = RefCell::default();
}

/// The running tasks, by number.
#[derive(Default)]
struct Tasks {
    places: Vec<Option<Task>>,
    free: Vec<usize>,
}

/// Adds a task; the first poll begins it. Returns its number.
pub fn spawn(bridge: HostBridge, future: impl Future<Output = ()> + 'static) -> usize {
    let task = Task { future: Box::pin(future), bridge };
    TASKS.with_borrow_mut(|tasks| {
        if let Some(number) = tasks.free.pop() {
            tasks.places[number] = Some(task);
            return number;
        }
        tasks.places.push(Some(task));
        tasks.places.len() - 1
    })
}

/// Polls a task. Returns the effects that it emits, as pairs of a number and an effect in one list; an empty list for a
/// task that has ended.
#[wasm_bindgen(js_name = pollTask)]
pub fn poll(task: usize) -> Array {
    resume(task, |_| {})
}

/// Polls a task with the result of an effect.
#[wasm_bindgen(js_name = effectDone)]
pub fn effect_done(task: usize, effect: u32, value: JsValue) -> Array {
    resume(task, |bridge| bridge.put_result(effect, Ok(value)))
}

/// Polls a task with the error of an effect. `received` is the part of a body that arrived before.
#[wasm_bindgen(js_name = effectFailed)]
pub fn effect_failed(task: usize, effect: u32, error: JsValue, received: Vec<u8>) -> Array {
    resume(task, |bridge| bridge.put_result(effect, Err(EffectError::Thrown(error, received))))
}

/// Polls a task with the timeout of an effect. `received` is the part of a body that arrived before.
#[wasm_bindgen(js_name = effectTimedOut)]
pub fn effect_timed_out(task: usize, effect: u32, received: Vec<u8>) -> Array {
    resume(task, |bridge| bridge.put_result(effect, Err(EffectError::TimedOut(received))))
}

/// Removes a task and frees its number. JavaScript calls it when no result of the task's effects can arrive any more.
#[wasm_bindgen(js_name = endTask)]
pub fn end(task: usize) {
    let left = TASKS.with_borrow_mut(|tasks| {
        tasks.free.push(task);
        tasks.places.get_mut(task).and_then(Option::take)
    });
    drop(left);
}

/// The reason why an effect has no result, with the part of a body that arrived before.
pub enum EffectError {
    /// It threw an exception, or rejected with one.
    Thrown(JsValue, Vec<u8>),
    /// It exceeded its time limit.
    TimedOut(Vec<u8>),
}

fn resume(number: usize, put_result: impl FnOnce(&HostBridge)) -> Array {
    // The table does not hold the task while it runs, since a user's function that it calls may spawn another.
    let stored_task = TASKS.with_borrow_mut(|tasks| tasks.places.get_mut(number).and_then(Option::take));
    let Some(mut task) = stored_task else { return Array::new() };
    let has_ended = match task.bridge.update_clock() {
        Ok(()) => {
            put_result(&task.bridge);
            matches!(task.future.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(()))
        }
        Err(message) => {
            task.bridge.fail(misuse::of_user("now", message));
            true
        }
    };
    let effects = task.bridge.take_effects();
    TASKS.with_borrow_mut(|tasks| {
        if let Some(place) = tasks.places.get_mut(number).filter(|_| !has_ended) {
            *place = Some(task);
        }
    });
    effects
}
