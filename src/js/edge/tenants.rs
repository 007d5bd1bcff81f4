//! [`Tenants`]: finds the handler of a tenant, by the user's functions `tenant`, `vendors` and `tenants`.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use js_sys::{Array, Function, Object, Promise};
use wasm_bindgen::prelude::*;

use crate::edge::bridge::HostBridge;
use crate::edge::configured::ConfiguredHandler;
use crate::edge::effect::Effect;
use crate::edge::incoming::Incoming;
use crate::edge::user::{call_user, log_error};
use crate::random_source::random_bytes;
use crate::values_in::{function, member, method, texts_of};
use xinshi::client::transport::Transport;
use xinshi::edge::entropy;
use xinshi::edge::handler_reply::Problem;
use xinshi::edge::handler_request::HandlerRequest;
use xinshi::edge::misuse::of_user;
use xinshi::edge::tenant::{
    LOOKUP_TIMEOUT_MS, TenantBounds, TenantCache, TenantSource, has_time, tenant_name, tenant_unavailable, turn,
    unknown_tenant,
};
use xinshi::error::SmsError;

/// The user's functions of tenants, and the handlers that were made of what they returned.
pub struct Tenants {
    /// The name of a request's tenant.
    tenant: Function,
    /// The accounts of a tenant.
    vendors: Function,
    /// All tenants, for the work of a minute.
    names: Option<Function>,
    cache: RefCell<TenantCache<Lookup>>,
}

/// A look-up of a tenant's accounts, which all requests that need it await together.
#[derive(Clone)]
struct Lookup {
    accounts: Promise,
    /// The handler, once the accounts are there.
    handler: Option<Rc<ConfiguredHandler>>,
}

/// The functions among the options that make tenants.
pub const FUNCTIONS: [&str; 2] = ["tenant", "tenants"];

/// The function that gives a tenant's accounts, if `vendors` is one.
pub fn vendors_function(options: &JsValue) -> Result<Option<Function>, SmsError> {
    Ok(member(options, "vendors")?.dyn_into().ok())
}

impl Tenants {
    /// Reads the functions; `None` for a handler without tenants.
    ///
    /// # Errors
    /// `invalid_argument` naming a function that is missing, or of no use.
    pub fn read(options: &JsValue, bounds: TenantBounds) -> Result<Option<Self>, SmsError> {
        let [tenant, names] = FUNCTIONS.map(|name| function(options, name));
        let (tenant, names) = (tenant?, names?);
        let Some(vendors) = vendors_function(options)? else {
            let unused = FUNCTIONS.iter().zip([&tenant, &names]).find(|(_, function)| function.is_some());
            return match unused {
                Some((name, _)) => Err(SmsError::argument(
                    *name,
                    "tenants have accounts of their own: vendors is to be a function of the tenant",
                )),
                None => Ok(None),
            };
        };
        let missing =
            "vendors is a function of the tenant: pass tenant, a function of the request that returns its name";
        let tenant = tenant.ok_or_else(|| SmsError::argument("tenant", missing))?;
        Ok(Some(Self { tenant, vendors, names, cache: RefCell::new(TenantCache::new(bounds)) }))
    }

    /// The tenant of a request by the user's function.
    fn name_of(&self, incoming: &Incoming) -> Result<String, Problem> {
        let named = call_user("tenant", &self.tenant, &incoming.arguments()).map_err(|message| {
            of_user("tenant", [message.as_str(), ". It must return the tenant's name, or null for none"].concat())
        })?;
        if named.is_undefined() || named.is_null() {
            return Err(unknown_tenant());
        }
        let name = named.as_string();
        let wrong = "tenant returned no text: it must return the tenant's name itself, not a promise";
        tenant_name(&name.ok_or_else(|| of_user("tenant", wrong))?).ok_or_else(unknown_tenant)
    }

    /// The handler of a tenant, which the task then works for. Requests that need the same look-up share it.
    pub async fn enter(
        &self,
        all: &Rc<ConfiguredHandler>,
        tenant: &str,
        bridge: &HostBridge,
    ) -> Result<Rc<ConfiguredHandler>, Problem> {
        let handler = self.find(all, tenant, bridge).await?;
        bridge.work_for(Rc::clone(&handler));
        Ok(handler)
    }

    async fn find(
        &self,
        all: &Rc<ConfiguredHandler>,
        tenant: &str,
        bridge: &HostBridge,
    ) -> Result<Rc<ConfiguredHandler>, Problem> {
        let now = bridge.now();
        let known = self.cache.borrow_mut().find(tenant, now);
        let before = known.as_ref().and_then(|(lookup, _)| lookup.handler.clone());
        let accounts = match known {
            Some((Lookup { handler: Some(handler), .. }, false)) => return Ok(handler),
            Some((lookup, false)) => lookup.accounts,
            _ => {
                let begun = call_user("vendors", &self.vendors, &Array::of1(&tenant.into())).map_err(|message| {
                    log_error(&message);
                    tenant_unavailable()
                })?;
                let accounts = Promise::resolve(&begun);
                let lookup = Lookup { accounts: accounts.clone(), handler: None };
                self.cache.borrow_mut().keep(tenant, lookup, now);
                accounts
            }
        };
        let found = self.await_accounts(&accounts, bridge).await;
        let current =
            self.cache.borrow_mut().find(tenant, now).filter(|(lookup, _)| Object::is(&lookup.accounts, &accounts));
        if let Some((Lookup { handler: Some(handler), .. }, _)) = current {
            // Another request that awaited it was first.
            return Ok(handler);
        }
        let made = match found {
            None => Err(tenant_unavailable()),
            Some(accounts) if accounts.is_undefined() || accounts.is_null() => Err(unknown_tenant()),
            Some(accounts) => {
                ConfiguredHandler::for_tenant(all, tenant, &accounts, before.as_deref()).map_err(|error| {
                    let field = error.field.as_deref().unwrap_or_default();
                    log_error(&["the accounts of a tenant are wrong: ", field, ": ", &error.message].concat());
                    tenant_unavailable()
                })
            }
        };
        let mut cache = self.cache.borrow_mut();
        match made {
            Ok(handler) => {
                let handler = Rc::new(handler);
                if current.is_some() {
                    cache.replace(tenant, Lookup { accounts, handler: Some(Rc::clone(&handler)) });
                }
                Ok(handler)
            }
            Err(problem) => {
                // The next request looks it up again.
                if current.is_some() {
                    cache.forget(tenant);
                }
                Err(problem)
            }
        }
    }

    /// Awaits the accounts. `None` if the look-up failed or took too long.
    async fn await_accounts(&self, accounts: &Promise, bridge: &HostBridge) -> Option<JsValue> {
        let then = method(accounts, "then")?;
        let (receiver, arguments) = (accounts.clone().into(), Array::new());
        let effect = Effect::Call { function: then.into(), receiver, arguments, timeout_ms: Some(LOOKUP_TIMEOUT_MS) };
        bridge.run_logged("vendors", effect).await
    }

    /// The handler of a request: its tenant's, or that of all tenants for a route without one.
    pub async fn of_request(
        &self,
        all: &Rc<ConfiguredHandler>,
        incoming: &Incoming,
        request: &HandlerRequest,
        bridge: &HostBridge,
    ) -> Result<Rc<ConfiguredHandler>, Problem> {
        let tenant = match all.handler.tenant_of(request) {
            TenantSource::Nobody => return Ok(Rc::clone(all)),
            TenantSource::Named(tenant) => tenant,
            TenantSource::Request => self.name_of(incoming)?,
        };
        self.enter(all, &tenant, bridge).await
    }

    /// The work of a minute of each tenant in turn.
    ///
    /// # Errors
    /// `invalid_argument` without the function of all tenants, or if it failed.
    pub async fn scheduled(&self, all: &Rc<ConfiguredHandler>, bridge: &HostBridge) -> Result<(), SmsError> {
        let missing = "scheduled needs tenants: a function that returns the names of all tenants";
        let names = self.names.clone().ok_or_else(|| SmsError::argument("tenants", missing))?;
        let (receiver, arguments) = (JsValue::UNDEFINED, Array::new());
        let effect = Effect::Call { function: names.into(), receiver, arguments, timeout_ms: Some(LOOKUP_TIMEOUT_MS) };
        let wrong = "tenants failed, or returned no list of texts";
        let names = bridge.run_logged("tenants", effect).await.and_then(|names| texts_of(&names));
        let names: Vec<String> = names.ok_or_else(|| SmsError::argument("tenants", wrong))?;
        let begun = bridge.now();
        for at in turn(names.len(), begun) {
            let Some(name) = names.get(at).and_then(|name| tenant_name(name)).filter(|_| has_time(begun, bridge.now()))
            else {
                continue;
            };
            // A tenant whose accounts cannot be looked up must not hold up the others; its fault is in the log.
            if let Ok(tenant) = Box::pin(self.enter(all, &name, bridge)).await {
                tenant.handler.scheduled(&random_bytes(entropy::ENTROPY_BYTES), bridge).await;
            }
        }
        Ok(())
    }
}
