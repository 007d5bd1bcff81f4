//! Tasks: a request that is answered, a minute's duties, a step on a store. Each goes on when it is told what came of an effect,
//! and says what it wants next.

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

/// Tasks under way, by number.
#[derive(Default)]
struct Tasks {
    places: Vec<Option<Task>>,
    free: Vec<usize>,
}

/// Takes up a task, which the first poll begins. Gives its number.
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

/// Polls a task. Gives the effects that it emits: their numbers and the effects, in turn; none where it has ended.
#[wasm_bindgen(js_name = pollTask)]
pub fn poll(task: usize) -> Array {
    resume(task, |_| {})
}

/// Polls a task with the result of an effect.
#[wasm_bindgen(js_name = effectDone)]
pub fn effect_done(task: usize, effect: u32, value: JsValue) -> Array {
    resume(task, |bridge| bridge.put_result(effect, Ok(value)))
}

/// Polls a task with the error of an effect. `received` has the part of a body that came before.
#[wasm_bindgen(js_name = effectFailed)]
pub fn effect_failed(task: usize, effect: u32, error: JsValue, received: Vec<u8>) -> Array {
    resume(task, |bridge| bridge.put_result(effect, Err(EffectError::Thrown(error, received))))
}

/// Polls a task with an effect that took too long. `received` has the part of a body that came before.
#[wasm_bindgen(js_name = effectTimedOut)]
pub fn effect_timed_out(task: usize, effect: u32, received: Vec<u8>) -> Array {
    resume(task, |bridge| bridge.put_result(effect, Err(EffectError::TimedOut(received))))
}

/// Frees the number of a task, and what is left of it. JavaScript calls it when no result of its effects can come any more.
#[wasm_bindgen(js_name = endTask)]
pub fn end(task: usize) {
    let left = TASKS.with_borrow_mut(|tasks| {
        tasks.free.push(task);
        tasks.places.get_mut(task).and_then(Option::take)
    });
    drop(left);
}

/// Why an effect has no result, and the part of a body that came before.
pub enum EffectError {
    /// It threw, or rejected.
    Thrown(JsValue, Vec<u8>),
    /// It took too long.
    TimedOut(Vec<u8>),
}

fn resume(number: usize, put_result: impl FnOnce(&HostBridge)) -> Array {
    // The task is taken out of the table while it runs: a function of the user's that it calls may spawn another.
    let taken = TASKS.with_borrow_mut(|tasks| tasks.places.get_mut(number).and_then(Option::take));
    let Some(mut task) = taken else { return Array::new() };
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
