/// What happens to threads, told to those who watch while it happens.
///
/// [Events] is told of everything under the lock of the thread that it happens to; who publishes
/// never waits for who reads. Each thread that is watched has a ring of its last events, shared by
/// all its subscribers; who falls behind it is told and closed. [DeliveryBudget] keeps a thousand
/// subscribers from taking the machine away from the appends. Nothing here knows HTTP.
@NullMarked
@ApplicationModule(allowedDependencies = {"memory", "model", "worker"})
package dev.rollbook.event;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
