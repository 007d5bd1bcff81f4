//! Works: a request that is answered, a minute's duties, a step on a store. Each goes on when it is told what came of an effect,
//! and says what it wants next.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use js_sys::Array;
use wasm_bindgen::prelude::*;

use crate::edge::desk::Desk;
use xinshi::edge::misuse;

struct Work {
    future: Pin<Box<dyn Future<Output = ()>>>,
    desk: Desk,
}

thread_local! {
    static WORKS: RefCell<Works> = RefCell::default();
}

/// Works under way, by number.
#[derive(Default)]
struct Works {
    places: Vec<Option<Work>>,
    free: Vec<usize>,
}

/// Begins a work. Gives its number.
pub fn begin(desk: Desk, future: impl Future<Output = ()> + 'static) -> usize {
    let work = Work { future: Box::pin(future), desk };
    WORKS.with_borrow_mut(|works| {
        if let Some(number) = works.free.pop() {
            works.places[number] = Some(work);
            return number;
        }
        works.places.push(Some(work));
        works.places.len() - 1
    })
}

/// Goes on with a work. Gives what it wants: numbers and effects, in turn; none where it is over.
#[wasm_bindgen]
pub fn step(work: usize) -> Array {
    go_on(work, |_| {})
}

/// The same after an effect came to something.
#[wasm_bindgen]
pub fn done(work: usize, effect: u32, value: JsValue) -> Array {
    go_on(work, |desk| desk.hear(effect, Ok(value)))
}

/// The same after an effect failed. `received` is what came of a body whose end did not.
#[wasm_bindgen]
pub fn failed(work: usize, effect: u32, error: JsValue, received: Vec<u8>) -> Array {
    go_on(work, |desk| desk.hear(effect, Err(Failed::Thrown(error, received))))
}

/// The same after an effect took too long.
#[wasm_bindgen]
pub fn late(work: usize, effect: u32, received: Vec<u8>) -> Array {
    go_on(work, |desk| desk.hear(effect, Err(Failed::Late(received))))
}

/// Why an effect came to nothing.
pub enum Failed {
    /// It threw, or rejected.
    Thrown(JsValue, Vec<u8>),
    /// It took too long.
    Late(Vec<u8>),
}

fn go_on(number: usize, tell: impl FnOnce(&Desk)) -> Array {
    // Taken out while it is at work: a function of the user's that it calls may begin another.
    let taken = WORKS.with_borrow_mut(|works| works.places.get_mut(number).and_then(Option::take));
    let Some(mut work) = taken else { return Array::new() };
    let is_over = match work.desk.read_clock() {
        Ok(()) => {
            tell(&work.desk);
            matches!(work.future.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(()))
        }
        Err(message) => {
            work.desk.refuse(misuse::of_user("now", message));
            true
        }
    };
    let wanted = work.desk.take_wanted();
    WORKS.with_borrow_mut(|works| {
        if is_over {
            works.free.push(number);
        } else if let Some(place) = works.places.get_mut(number) {
            *place = Some(work);
        }
    });
    wanted
}
