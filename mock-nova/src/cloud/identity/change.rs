//! Every way the identity service changes, and what each does to the tokens that are out.
//!
//! Keystone revokes for good when a user is disabled, deleted or given another password; everything else
//! (a disabled project, a role taken away) only suspends tokens until it is undone. The same holds here.

use std::collections::BTreeSet;

use super::{
    ApplicationCredential, Domain, Extra, Grant, Group, Holder, Identity, Project, Record, Refusal,
    Role, Scope, Subject, Target, User, is_immutable,
};

impl Identity {
    /// Adds a domain.
    ///
    /// # Errors
    /// If its name or id is taken.
    pub fn create_domain(&mut self, domain: Domain) -> Result<&Domain, Refusal> {
        self.domains.insert(domain)
    }

    /// Puts a domain in the place of the one with its id.
    ///
    /// # Errors
    /// If there is none, or its name is taken.
    pub fn update_domain(&mut self, domain: Domain) -> Result<&Domain, Refusal> {
        let id = domain.id.clone();
        refuse_frozen::<Domain>(&self.domains.get(&id)?.options, &domain.options, &id)?;
        self.domains.replace(domain)?;
        self.settle(|_| true);
        self.domains.get(&id)
    }

    /// Deletes a disabled domain with all that is in it.
    ///
    /// # Errors
    /// If there is none, or it is enabled.
    pub fn delete_domain(&mut self, id: &str) -> Result<(), Refusal> {
        if self.domains.get(id)?.enabled {
            return Err(Refusal::DomainEnabled(id.to_owned()));
        }
        for user_id in ids(self.users.iter().filter(|user| user.domain_id == id)) {
            self.delete_user(&user_id)?;
        }
        for project_id in ids(self
            .projects
            .iter()
            .filter(|project| project.domain_id == id))
        {
            self.drop_project(&project_id)?;
        }
        for group_id in ids(self.groups.iter().filter(|group| group.domain_id == id)) {
            self.delete_group(&group_id)?;
        }
        for role_id in ids(self
            .roles
            .iter()
            .filter(|role| role.domain_id.as_deref() == Some(id)))
        {
            self.roles.remove(&role_id)?;
            self.grants.remove_role(&role_id);
        }
        self.grants.remove_target(&Target::Domain(id.to_owned()));
        self.domains.remove(id)?;
        self.settle(|_| true);
        Ok(())
    }

    /// Adds a project.
    ///
    /// # Errors
    /// If its domain or parent is missing, or its name or id is taken.
    pub fn create_project(&mut self, project: Project) -> Result<&Project, Refusal> {
        self.domains.get(&project.domain_id)?;
        if project.parent_id != project.domain_id {
            self.projects.get(&project.parent_id)?;
        }
        self.projects.insert(project)
    }

    /// Puts a project in the place of the one with its id.
    ///
    /// # Errors
    /// If there is none, or its name is taken.
    pub fn update_project(&mut self, project: Project) -> Result<&Project, Refusal> {
        let id = project.id.clone();
        refuse_frozen::<Project>(&self.projects.get(&id)?.options, &project.options, &id)?;
        self.projects.replace(project)?;
        self.settle(|subject| subject.scope == Scope::Project(id.clone()));
        self.projects.get(&id)
    }

    /// Deletes a project that no other is below.
    ///
    /// # Errors
    /// If there is none, or it has projects below it.
    pub fn delete_project(&mut self, id: &str) -> Result<(), Refusal> {
        refuse_immutable::<Project>(&self.projects.get(id)?.options, id, "delete")?;
        if self.projects.iter().any(|project| project.parent_id == id) {
            return Err(Refusal::HasChildren(id.to_owned()));
        }
        self.drop_project(id)
    }

    fn drop_project(&mut self, id: &str) -> Result<(), Refusal> {
        self.projects.remove(id)?;
        self.grants.remove_target(&Target::Project(id.to_owned()));
        for mut user in self
            .users
            .iter()
            .filter(|user| user.default_project_id.as_deref() == Some(id))
            .cloned()
            .collect::<Vec<_>>()
        {
            user.default_project_id = None;
            self.users.replace(user)?;
        }
        self.drop_credentials(|credential| credential.project_id == id);
        let scope = Scope::Project(id.to_owned());
        self.tokens.revoke_where(|subject| subject.scope == scope);
        Ok(())
    }

    /// Adds a user.
    ///
    /// # Errors
    /// If its domain is missing, or its name or id is taken.
    pub fn create_user(&mut self, user: User) -> Result<&User, Refusal> {
        self.domains.get(&user.domain_id)?;
        self.users.insert(user)
    }

    /// Puts a user in the place of the one with its id. With another password, or disabled, it loses its
    /// tokens for good.
    ///
    /// # Errors
    /// If there is none, or its name is taken.
    pub fn update_user(&mut self, user: User, new_password: bool) -> Result<&User, Refusal> {
        let id = user.id.clone();
        let disabled = !user.enabled;
        self.users.replace(user)?;
        if new_password || disabled {
            self.tokens.revoke_where(|subject| subject.user_id == id);
        }
        self.settle(|subject| subject.user_id == id);
        self.users.get(&id)
    }

    /// Deletes a user with its grants, application credentials and tokens.
    ///
    /// # Errors
    /// If there is none.
    pub fn delete_user(&mut self, id: &str) -> Result<(), Refusal> {
        self.users.remove(id)?;
        self.grants.remove_holder(&Holder::User(id.to_owned()));
        for members in self.members.values_mut() {
            members.remove(id);
        }
        self.drop_credentials(|credential| credential.user_id == id);
        self.tokens.revoke_where(|subject| subject.user_id == id);
        Ok(())
    }

    /// Adds a role. As in Keystone, nobody looks whether its domain exists.
    ///
    /// # Errors
    /// If its name or id is taken.
    pub fn create_role(&mut self, role: Role) -> Result<&Role, Refusal> {
        self.roles.insert(role)
    }

    /// Puts a role in the place of the one with its id.
    ///
    /// # Errors
    /// If there is none, or its name is taken.
    pub fn update_role(&mut self, role: Role) -> Result<&Role, Refusal> {
        let id = role.id.clone();
        refuse_frozen::<Role>(&self.roles.get(&id)?.options, &role.options, &id)?;
        self.roles.replace(role)?;
        self.settle(|_| true);
        self.roles.get(&id)
    }

    /// Deletes a role with every grant of it.
    ///
    /// # Errors
    /// If there is none.
    pub fn delete_role(&mut self, id: &str) -> Result<(), Refusal> {
        refuse_immutable::<Role>(&self.roles.get(id)?.options, id, "delete")?;
        self.roles.remove(id)?;
        self.grants.remove_role(id);
        self.settle(|_| true);
        Ok(())
    }

    /// Adds a group.
    ///
    /// # Errors
    /// If its domain is missing, or its name or id is taken.
    pub fn create_group(&mut self, group: Group) -> Result<&Group, Refusal> {
        self.domains.get(&group.domain_id)?;
        self.groups.insert(group)
    }

    /// Puts a group in the place of the one with its id.
    ///
    /// # Errors
    /// If there is none, or its name is taken.
    pub fn update_group(&mut self, group: Group) -> Result<&Group, Refusal> {
        self.groups.replace(group)
    }

    /// Deletes a group with what was granted to it; its members stay.
    ///
    /// # Errors
    /// If there is none.
    pub fn delete_group(&mut self, id: &str) -> Result<(), Refusal> {
        self.groups.remove(id)?;
        let members = self.members.remove(id).unwrap_or_default();
        self.grants.remove_holder(&Holder::Group(id.to_owned()));
        self.settle(|subject| members.contains(&subject.user_id));
        Ok(())
    }

    /// Makes a user a member of a group.
    ///
    /// # Errors
    /// If either is missing.
    pub fn join(&mut self, group_id: &str, user_id: &str) -> Result<(), Refusal> {
        self.groups.get(group_id)?;
        self.users.get(user_id)?;
        self.members
            .entry(group_id.to_owned())
            .or_default()
            .insert(user_id.to_owned());
        self.settle(|subject| subject.user_id == user_id);
        Ok(())
    }

    /// Takes a user out of a group, and its tokens away, since they may stand for what the group had.
    ///
    /// # Errors
    /// If either is missing, or the user is no member.
    pub fn leave(&mut self, group_id: &str, user_id: &str) -> Result<(), Refusal> {
        self.groups.get(group_id)?;
        self.users.get(user_id)?;
        if !self
            .members
            .get_mut(group_id)
            .is_some_and(|members| members.remove(user_id))
        {
            return Err(Refusal::NotMember {
                user_id: user_id.to_owned(),
                group_id: group_id.to_owned(),
            });
        }
        self.tokens
            .revoke_where(|subject| subject.user_id == user_id);
        self.settle(|subject| subject.user_id == user_id);
        Ok(())
    }

    /// Grants a role; granting it again changes nothing.
    ///
    /// # Errors
    /// If the user or group, the role or the place is missing.
    pub fn grant(&mut self, grant: Grant) -> Result<(), Refusal> {
        self.check_grant(&grant)?;
        let users = self.users_behind(&grant.holder);
        self.grants.add(grant);
        self.settle(|subject| users.contains(&subject.user_id));
        Ok(())
    }

    /// Takes a granted role away, and with it the application credentials that pass it on.
    ///
    /// # Errors
    /// If the user or group, the role, the place or the grant is missing.
    pub fn ungrant(&mut self, grant: &Grant) -> Result<(), Refusal> {
        self.check_grant(grant)?;
        if !self.grants.remove(grant) {
            return Err(Refusal::NotGranted {
                role_id: grant.role_id.clone(),
                holder_id: grant.holder.id().to_owned(),
                target: grant.target.id().to_owned(),
            });
        }
        let users = self.users_behind(&grant.holder);
        if let Target::Project(project_id) = &grant.target {
            self.drop_credentials(|credential| {
                users.contains(&credential.user_id)
                    && credential.project_id == *project_id
                    && credential.role_ids.contains(&grant.role_id)
            });
        }
        self.settle(|subject| users.contains(&subject.user_id));
        Ok(())
    }

    /// Whose roles change when a holder's do.
    fn users_behind(&self, holder: &Holder) -> BTreeSet<String> {
        match holder {
            Holder::User(id) => BTreeSet::from([id.clone()]),
            Holder::Group(id) => self.members.get(id).cloned().unwrap_or_default(),
        }
    }

    /// Whether everything a grant names exists.
    ///
    /// # Errors
    /// Naming what does not.
    pub fn check_grant(&self, grant: &Grant) -> Result<(), Refusal> {
        self.roles.get(&grant.role_id)?;
        match &grant.holder {
            Holder::User(id) => self.users.get(id).map(drop)?,
            Holder::Group(id) => self.groups.get(id).map(drop)?,
        }
        match &grant.target {
            Target::Project(id) => self.projects.get(id).map(drop),
            Target::Domain(id) => self.domains.get(id).map(drop),
            Target::System => Ok(()),
        }
    }

    /// Adds an application credential.
    ///
    /// # Errors
    /// If its user has one of that name, or lacks a role that it would pass on.
    pub fn create_application_credential(
        &mut self,
        credential: ApplicationCredential,
    ) -> Result<&ApplicationCredential, Refusal> {
        let held = self.role_ids(
            &credential.user_id,
            &Scope::Project(credential.project_id.clone()),
        );
        if let Some(role_id) = credential
            .role_ids
            .iter()
            .find(|role_id| !held.contains(role_id))
        {
            return Err(Refusal::RoleNotHeld(role_id.clone()));
        }
        self.credentials.insert(credential)
    }

    /// Deletes an application credential; the tokens that came from it die.
    ///
    /// # Errors
    /// If there is none.
    pub fn delete_application_credential(&mut self, id: &str) -> Result<(), Refusal> {
        self.credentials.remove(id)?;
        self.settle(|subject| subject.application_credential_id.as_deref() == Some(id));
        Ok(())
    }

    fn drop_credentials(&mut self, chosen: impl Fn(&ApplicationCredential) -> bool) {
        for id in ids(self
            .credentials
            .iter()
            .filter(|credential| chosen(credential)))
        {
            // It was there a line ago.
            let _ = self.delete_application_credential(&id);
        }
    }

    /// Works out again whom the tokens of the chosen subjects speak for.
    fn settle(&mut self, chosen: impl Fn(&Subject) -> bool) {
        let mut tokens = std::mem::take(&mut self.tokens);
        tokens.resolve_again(chosen, |subject| self.resolve(subject));
        self.tokens = tokens;
    }
}

fn ids<'a, T: Record + 'a>(members: impl Iterator<Item = &'a T>) -> Vec<String> {
    members.map(|member| member.id().to_owned()).collect()
}

/// Refuses a change of what is immutable, unless the change is to make it mutable.
fn refuse_frozen<T: Record>(before: &Extra, after: &Extra, id: &str) -> Result<(), Refusal> {
    if is_immutable(after) {
        refuse_immutable::<T>(before, id, "update")
    } else {
        Ok(())
    }
}

fn refuse_immutable<T: Record>(
    options: &Extra,
    id: &str,
    verb: &'static str,
) -> Result<(), Refusal> {
    if is_immutable(options) {
        Err(Refusal::Immutable {
            kind: T::KIND,
            id: id.to_owned(),
            verb,
        })
    } else {
        Ok(())
    }
}
